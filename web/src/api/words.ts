import { type Translated, wordsNow } from '../i18n/language.ts';
import { isProblem } from './problem.ts';

interface Words {
  readonly unknown: string;
  readonly known: Readonly<Record<string, string>>;
  tooManyGuesses(seconds: number): string;
}

const words: Translated<Words> = {
  en: {
    unknown: 'That did not work. Nothing was changed; please try again.',
    tooManyGuesses: (seconds) => `Too many wrong passwords came from here. Please wait ${seconds} s and try again.`,
    known: {
      'no-connection': 'The server does not answer. Nothing was changed. Look at your connection and try again.',
      unauthenticated: 'You are not signed in any more. Sign in again.',
      'not-fresh': 'This is sensitive and wants your password once more. Nothing was changed.',
      'wrong-proof': 'Name or password are not right.',
      'wrong-token': 'This link is not the one that the start printed, or it was used already.',
      'not-found': 'There is nothing here, or it is not yours.',
      'name-taken': 'Something with this name is there already. Choose another one.',
      'bad-name': 'This name cannot be used.',
      'bad-password': 'A password has at least 8 characters.',
      'bad-request': 'Something in this form is not right. Nothing was changed.',
      'no-such-path': 'It is not there any more.',
      'no-parent': 'The folder that it should go into is not there.',
      'under-itself': 'A folder cannot go into itself.',
      'same-place': 'It is there already.',
      'precondition-failed': 'It was changed meanwhile, maybe on another device. Have a look and try again.',
      locked: 'Another program has it open. Close it there and try again.',
      'over-quota': 'There is not enough space left for this. Nothing was changed.',
      'too-large': 'This is too much for one step.',
      'beyond-history': 'This lies further back than what is kept.',
      'content-gone': 'Its content was let go: it lies further back than what is kept.',
      'disk-full': 'The disk of the server is full. What is there can be read; nothing new is taken.',
      'read-only': 'The server only reads at the moment, to be safe. Nothing was changed. Try again later.',
      unavailable: 'The server is busy. Nothing was changed. Try again in a moment.',
      damaged: 'This is damaged, and no copy that answers has it whole. The operator can see it too.',
    },
  },
  fr: {
    unknown: 'Cela n’a pas marché. Rien n’a été changé ; veuillez réessayer.',
    tooManyGuesses: (seconds) => `Trop de mots de passe faux sont venus d’ici. Attendez ${seconds} s, puis réessayez.`,
    known: {
      'no-connection': 'Le serveur ne répond pas. Rien n’a été changé. Vérifiez la connexion et réessayez.',
      unauthenticated: 'Vous n’êtes plus connecté. Connectez-vous à nouveau.',
      'not-fresh': 'C’est sensible : il faut redonner votre mot de passe. Rien n’a été changé.',
      'wrong-proof': 'Le nom ou le mot de passe n’est pas juste.',
      'wrong-token': 'Ce lien n’est pas celui que le démarrage a affiché, ou il a déjà servi.',
      'not-found': 'Il n’y a rien ici, ou ce n’est pas à vous.',
      'name-taken': 'Ce nom est déjà pris. Choisissez-en un autre.',
      'bad-name': 'Ce nom ne peut pas être utilisé.',
      'bad-password': 'Un mot de passe a au moins 8 caractères.',
      'bad-request': 'Quelque chose dans ce formulaire n’est pas juste. Rien n’a été changé.',
      'no-such-path': 'Ce n’est plus là.',
      'no-parent': 'Le dossier de destination n’est pas là.',
      'under-itself': 'Un dossier ne peut pas aller dans lui-même.',
      'same-place': 'C’est déjà là.',
      'precondition-failed': 'Cela a changé entre-temps, peut-être sur un autre appareil. Regardez, puis réessayez.',
      locked: 'Un autre programme l’a ouvert. Fermez-le là-bas et réessayez.',
      'over-quota': 'Il ne reste pas assez de place pour cela. Rien n’a été changé.',
      'too-large': 'C’est trop pour une seule étape.',
      'beyond-history': 'C’est plus ancien que ce qui est gardé.',
      'content-gone': 'Le contenu a été abandonné : il est plus ancien que ce qui est gardé.',
      'disk-full': 'Le disque du serveur est plein. Tout peut être lu ; rien de nouveau n’est accepté.',
      'read-only': 'Le serveur ne fait que lire en ce moment, par prudence. Rien n’a été changé. Réessayez plus tard.',
      unavailable: 'Le serveur est occupé. Rien n’a été changé. Réessayez dans un instant.',
      damaged: 'C’est abîmé, et aucune copie qui répond ne l’a intact. L’opérateur le voit aussi.',
    },
  },
  de: {
    unknown: 'Das hat nicht geklappt. Nichts wurde geändert; bitte noch einmal versuchen.',
    tooManyGuesses: (seconds) =>
      `Von hier kamen zu viele falsche Passwörter. Bitte ${seconds} s warten und noch einmal versuchen.`,
    known: {
      'no-connection':
        'Der Server antwortet nicht. Nichts wurde geändert. Verbindung prüfen und noch einmal versuchen.',
      unauthenticated: 'Sie sind nicht mehr angemeldet. Bitte neu anmelden.',
      'not-fresh': 'Das ist heikel und braucht noch einmal Ihr Passwort. Nichts wurde geändert.',
      'wrong-proof': 'Name oder Passwort stimmt nicht.',
      'wrong-token': 'Dieser Link ist nicht der, den der Start gezeigt hat, oder er wurde schon benutzt.',
      'not-found': 'Hier ist nichts, oder es gehört Ihnen nicht.',
      'name-taken': 'Diesen Namen gibt es schon. Bitte einen anderen wählen.',
      'bad-name': 'Dieser Name geht nicht.',
      'bad-password': 'Ein Passwort hat mindestens 8 Zeichen.',
      'bad-request': 'Etwas in diesem Formular stimmt nicht. Nichts wurde geändert.',
      'no-such-path': 'Es ist nicht mehr da.',
      'no-parent': 'Der Zielordner ist nicht da.',
      'under-itself': 'Ein Ordner kann nicht in sich selbst liegen.',
      'same-place': 'Es ist schon dort.',
      'precondition-failed':
        'Es wurde inzwischen geändert, vielleicht auf einem anderen Gerät. Bitte ansehen und noch einmal versuchen.',
      locked: 'Ein anderes Programm hat es geöffnet. Dort schließen und noch einmal versuchen.',
      'over-quota': 'Dafür ist nicht genug Platz. Nichts wurde geändert.',
      'too-large': 'Das ist zu viel für einen Schritt.',
      'beyond-history': 'Das liegt weiter zurück, als aufbewahrt wird.',
      'content-gone': 'Der Inhalt wurde losgelassen: Er liegt weiter zurück, als aufbewahrt wird.',
      'disk-full': 'Die Platte des Servers ist voll. Alles lässt sich lesen; Neues wird nicht angenommen.',
      'read-only': 'Der Server liest zurzeit nur, zur Sicherheit. Nichts wurde geändert. Bitte später versuchen.',
      unavailable: 'Der Server ist beschäftigt. Nichts wurde geändert. Bitte gleich noch einmal versuchen.',
      damaged: 'Das ist beschädigt, und keine erreichbare Kopie hat es heil. Der Betreiber sieht es auch.',
    },
  },
};

/** What a person reads when something was not done. */
export function problemText(error: unknown): string {
  const { unknown, known, tooManyGuesses } = wordsNow(words);
  if (!isProblem(error)) return unknown;
  if (error.code === 'too-many-guesses') return tooManyGuesses(error.retryAfterSeconds ?? 60);
  return known[error.code] ?? (error.message === '' ? unknown : error.message);
}
