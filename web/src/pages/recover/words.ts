export const words = {
  en: {
    title: 'Recover your account',
    lead: 'With your recovery kit you choose a new password. The old one and all sessions end; nothing of your data changes.',
    name: 'Name',
    kit: 'The key of the kit',
    kitHint: 'The long line that begins with AGE-SECRET-KEY-1, or the file of the kit.',
    file: 'Choose the file',
    password: 'New password',
    action: 'Set the new password',
    wrong: 'Name or kit are not right. A kit that was replaced by a newer one opens nothing.',
    noKit:
      'No kit either? If you agreed to it at sign-up, the operator can help with their offline key. Nobody else can.',
    back: 'Back to sign in',
  },
  fr: {
    title: 'Récupérer votre compte',
    lead: 'Avec votre kit de récupération vous choisissez un nouveau mot de passe. L’ancien et toutes les connexions se terminent ; rien ne change dans vos données.',
    name: 'Nom',
    kit: 'La clé du kit',
    kitHint: 'La longue ligne qui commence par AGE-SECRET-KEY-1, ou le fichier du kit.',
    file: 'Choisir le fichier',
    password: 'Nouveau mot de passe',
    action: 'Fixer le nouveau mot de passe',
    wrong: 'Le nom ou le kit n’est pas juste. Un kit remplacé par un plus récent n’ouvre rien.',
    noKit:
      'Pas de kit non plus ? Si vous l’avez accepté à l’inscription, l’opérateur peut aider avec sa clé hors ligne. Personne d’autre ne le peut.',
    back: 'Retour à la connexion',
  },
  de: {
    title: 'Konto wiederherstellen',
    lead: 'Mit Ihrem Rettungssatz wählen Sie ein neues Passwort. Das alte und alle Anmeldungen enden; an Ihren Daten ändert sich nichts.',
    name: 'Name',
    kit: 'Der Schlüssel des Rettungssatzes',
    kitHint: 'Die lange Zeile, die mit AGE-SECRET-KEY-1 beginnt, oder die Datei des Rettungssatzes.',
    file: 'Datei wählen',
    password: 'Neues Passwort',
    action: 'Neues Passwort setzen',
    wrong: 'Name oder Rettungssatz stimmt nicht. Einer, der durch einen neueren ersetzt wurde, öffnet nichts.',
    noKit:
      'Auch keinen Rettungssatz? Wenn Sie bei der Anmeldung zugestimmt haben, kann der Betreiber mit seinem ferngehaltenen Schlüssel helfen. Sonst niemand.',
    back: 'Zurück zur Anmeldung',
  },
};
