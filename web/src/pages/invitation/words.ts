export const words = {
  en: {
    title: 'You are invited',
    lead: 'Make an account of your own. Only you will know its password; whoever invited you does not, and cannot see what you keep.',
    kitTitle: 'Your recovery kit',
    escrow: 'The operator’s offline key may open my account',
    escrowHint:
      'If you agree, the operator can give you a new password when both password and kit are lost. It also means that they could open your vaults. You can end it at any time.',
    gone: 'This invitation cannot be used',
    goneText: 'It was used, was withdrawn, or is over. Ask whoever invited you for a new one.',
    toSignIn: 'Sign in',
  },
  fr: {
    title: 'Vous êtes invité',
    lead: 'Créez votre propre compte. Vous seul connaîtrez son mot de passe ; qui vous a invité ne le connaît pas et ne voit pas ce que vous gardez.',
    kitTitle: 'Votre kit de récupération',
    escrow: 'La clé hors ligne de l’opérateur peut ouvrir mon compte',
    escrowHint:
      'Si vous acceptez, l’opérateur peut vous redonner un mot de passe quand mot de passe et kit sont perdus. Cela veut aussi dire qu’il pourrait ouvrir vos coffres. Vous pouvez y mettre fin à tout moment.',
    gone: 'Cette invitation ne peut pas servir',
    goneText: 'Elle a servi, a été retirée, ou est terminée. Demandez-en une nouvelle à qui vous a invité.',
    toSignIn: 'Se connecter',
  },
  de: {
    title: 'Sie sind eingeladen',
    lead: 'Machen Sie sich ein eigenes Konto. Nur Sie werden sein Passwort kennen; wer Sie eingeladen hat, kennt es nicht und sieht nicht, was Sie aufbewahren.',
    kitTitle: 'Ihr Rettungssatz',
    escrow: 'Der ferngehaltene Schlüssel des Betreibers darf mein Konto öffnen',
    escrowHint:
      'Wenn Sie zustimmen, kann der Betreiber Ihnen ein neues Passwort geben, wenn Passwort und Rettungssatz verloren sind. Das heißt auch, dass er Ihre Tresore öffnen könnte. Sie können es jederzeit beenden.',
    gone: 'Diese Einladung gilt nicht',
    goneText: 'Sie wurde benutzt, zurückgezogen oder ist abgelaufen. Bitten Sie um eine neue.',
    toSignIn: 'Anmelden',
  },
};
