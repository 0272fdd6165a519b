export const fr = {
  title: 'Compte et appareils',
  lead: 'Qui peut ouvrir vos coffres, et comment.',
  lostTitle: 'Un téléphone ou un ordinateur perdu ?',
  lostLead: 'Coupez d’un coup tout ce qu’il détient. Vous voyez ce qu’il pouvait lire jusque-là.',
  lostAction: 'Un appareil est perdu',
  lookTitle: 'Langue et apparence',

  sessionsTitle: 'Connexions',
  sessionsLead: 'Les navigateurs où vous êtes connecté.',
  unnamedDevice: 'Un appareil sans nom',
  thisDevice: 'cet appareil',
  used: (when: string, address: string): string => `Dernière utilisation ${when}, depuis ${address}`,
  neverUsed: 'Pas encore utilisé',
  since: (day: string): string => `Depuis le ${day}`,
  endSession: 'Déconnecter',
  sessionEnded: 'Cet appareil est déconnecté.',

  appsTitle: 'Mots de passe d’application',
  appsLead:
    'Pour les téléphones et les programmes : chacun a le sien, qui n’ouvre que ce que vous cochez et se coupe à part.',
  noApps: 'Il n’y en a pas encore. Faites-en un pour chaque téléphone ou programme.',
  newApp: 'Nouveau mot de passe',
  opens: (what: string): string => `Ouvre : ${what}`,
  endApp: 'Couper',
  endAppTitle: (label: string): string => `Couper le mot de passe de ${label} ?`,
  endAppText:
    'Il n’ouvre plus rien à partir de maintenant : ses coffres reçoivent de nouvelles clés. Ce que l’appareil a déjà copié y reste.',
  appEnded: 'Le mot de passe d’application est coupé.',
  vaults: { files: 'Fichiers', documents: 'Documents' },
  appLabel: 'À quoi sert-il ?',
  appLabelHint: 'Par exemple : mon téléphone, la télévision, le programme de sauvegarde',
  appVaults: 'Que peut-il ouvrir ?',
  appVaultsHint: 'Ne cochez que ce dont l’appareil a besoin.',
  makeApp: 'Créer',
  appMade: 'Votre nouveau mot de passe d’application',
  appShownOnce:
    'Saisissez ces trois lignes sur l’appareil maintenant. Le mot de passe n’est montré qu’une fois ; s’il se perd, faites-en un autre.',
  address: 'Adresse',
  userName: 'Nom d’utilisateur',
  appPassword: 'Mot de passe d’application',
  howTitle: 'Comment l’utiliser',
  howPhone:
    'Téléphone : dans une application qui parle WebDAV (DAVx⁵ ou Cx File Explorer sur Android, Documents ou Owlfiles sur iPhone), ajoutez un serveur WebDAV.',
  howComputer:
    'Ordinateur : dans le Finder « Se connecter au serveur », dans Windows « Connecter un lecteur réseau », sous Linux « Se connecter à un serveur » avec davs:// à la place de https://.',
  howProgram: 'Programme : rclone, Cyberduck et d’autres, de type WebDAV.',
  appNoted: 'Je l’ai saisi',
  copy: 'Copier',
  copied: 'Copié',

  passkeysTitle: 'Clés d’accès',
  passkeysLead:
    'Connectez-vous par empreinte, visage ou clé de sécurité, sans rien taper. Votre mot de passe reste et marche comme avant.',
  noPasskeys: 'Il n’y en a pas encore.',
  newPasskey: 'Nouvelle clé d’accès',
  passkeyHow:
    'Votre appareil demande empreinte, visage ou code, peut-être deux fois : une fois pour créer la clé, une fois pour voir qu’elle ouvre vos coffres.',
  passkeyLabel: 'Comment s’appelle cette clé ?',
  makePasskey: 'Créer',
  passkeyMade: 'La clé d’accès est gardée. Vous pouvez vous connecter avec elle.',
  passkeySite: (site: string): string => `Marche sur ${site}`,
  endPasskeyTitle: (label: string): string => `Couper la clé d’accès ${label} ?`,
  endPasskeyText:
    'Elle n’ouvre plus rien : vos coffres reçoivent de nouvelles clés, et vous êtes déconnecté là où elle a servi.',
  passkeyEnded: 'La clé d’accès est coupée.',

  passwordTitle: 'Mot de passe',
  passwordLead:
    'Un nouveau mot de passe vous déconnecte partout ailleurs. Les mots de passe d’application, les clés d’accès et le kit restent.',
  newPassword: 'Nouveau mot de passe',
  changePassword: 'Changer le mot de passe',
  passwordChanged: 'Le mot de passe est changé.',

  kitTitle: 'Kit de récupération',
  kitLead: 'Si vous oubliez votre mot de passe, seul le kit ramène tout.',
  kitUnproven:
    'Personne n’a encore vérifié que votre kit peut être lu. Si vous l’avez, relisez-le ; sinon, faites-en un nouveau.',
  kitOpen: 'Vers le kit',

  escrowTitle: 'Aide de l’opérateur',
  escrowLead:
    'L’opérateur garde une clé loin de ce serveur. Si vous acceptez, il peut vous redonner un mot de passe quand mot de passe et kit sont perdus. Cela veut aussi dire qu’il pourrait ouvrir vos coffres. Quand il s’en sert ici, vous le trouvez dans votre journal d’accès ; avec une copie volée, elle pourrait servir sans trace.',
  escrowAgree: 'La clé hors ligne de l’opérateur peut ouvrir mon compte',
  escrowOn: 'Accepté. Vous pouvez y mettre fin à tout moment.',
  escrowOff: 'Terminé. Vos coffres ont de nouvelles clés.',
};
