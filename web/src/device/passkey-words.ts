import { problemText } from '../api/words.ts';
import { wordsNow } from '../i18n/language.ts';
import { PasskeyTrouble } from './passkey.ts';

const words = {
  en: {
    'not-here': 'This browser knows no passkeys, or the address is not safe for them. Your password works as before.',
    'no-prf':
      'This passkey cannot open your vaults: it lacks a function called PRF. It was not kept; you can remove it from your device. Your password works as before.',
    'given-up': 'No passkey was used. Nothing was changed.',
  },
  fr: {
    'not-here':
      'Ce navigateur ne connaît pas les clés d’accès, ou l’adresse n’est pas assez sûre pour elles. Votre mot de passe marche comme avant.',
    'no-prf':
      'Cette clé d’accès ne peut pas ouvrir vos coffres : il lui manque une fonction appelée PRF. Elle n’a pas été gardée ; vous pouvez l’enlever de votre appareil. Votre mot de passe marche comme avant.',
    'given-up': 'Aucune clé d’accès n’a été utilisée. Rien n’a été changé.',
  },
  de: {
    'not-here':
      'Dieser Browser kennt keine Passkeys, oder die Adresse ist dafür nicht sicher genug. Ihr Passwort geht wie vorher.',
    'no-prf':
      'Dieser Passkey kann Ihre Tresore nicht öffnen: Ihm fehlt eine Funktion namens PRF. Er wurde nicht behalten; Sie können ihn vom Gerät entfernen. Ihr Passwort geht wie vorher.',
    'given-up': 'Es wurde kein Passkey benutzt. Nichts wurde geändert.',
  },
};

/** What a person reads when it did not work with a passkey. */
export function passkeyProblemText(error: unknown): string {
  return error instanceof PasskeyTrouble ? wordsNow(words)[error.why] : problemText(error);
}
