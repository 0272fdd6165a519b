export const de = {
  title: 'Konto und Geräte',
  lead: 'Wer Ihre Tresore öffnen kann, und wie.',
  lostTitle: 'Telefon oder Computer verloren?',
  lostLead: 'Beenden Sie auf einmal alles, was es hat. Sie sehen, was es bis dahin lesen konnte.',
  lostAction: 'Ein Gerät ist verloren',
  lookTitle: 'Sprache und Aussehen',

  sessionsTitle: 'Angemeldet',
  sessionsLead: 'Browser, in denen Sie angemeldet sind.',
  unnamedDevice: 'Ein Gerät ohne Namen',
  thisDevice: 'dieses Gerät',
  used: (when: string, address: string): string => `Zuletzt benutzt ${when}, von ${address}`,
  neverUsed: 'Noch nicht benutzt',
  since: (day: string): string => `Seit ${day}`,
  endSession: 'Abmelden',
  sessionEnded: 'Dieses Gerät ist abgemeldet.',

  appsTitle: 'App-Passwörter',
  appsLead:
    'Für Telefone und Programme: Jedes hat sein eigenes, das nur öffnet, was Sie ankreuzen, und sich einzeln beenden lässt.',
  noApps: 'Noch gibt es keine. Machen Sie eines für jedes Telefon oder Programm.',
  newApp: 'Neues App-Passwort',
  opens: (what: string): string => `Öffnet: ${what}`,
  endApp: 'Beenden',
  endAppTitle: (label: string): string => `Das App-Passwort von ${label} beenden?`,
  endAppText:
    'Es öffnet von jetzt an nichts mehr: Seine Tresore bekommen neue Schlüssel. Was das Gerät schon kopiert hat, bleibt darauf.',
  appEnded: 'Das App-Passwort ist beendet.',
  vaults: { files: 'Dateien', documents: 'Dokumente' },
  appLabel: 'Wofür ist es?',
  appLabelHint: 'Zum Beispiel: mein Telefon, der Fernseher, das Sicherungsprogramm',
  appVaults: 'Was darf es öffnen?',
  appVaultsHint: 'Kreuzen Sie nur an, was das Gerät braucht.',
  makeApp: 'Erstellen',
  appMade: 'Ihr neues App-Passwort',
  appShownOnce:
    'Geben Sie diese drei jetzt auf dem Gerät ein. Das Passwort wird nur einmal gezeigt; geht es verloren, machen Sie ein anderes.',
  address: 'Adresse',
  userName: 'Benutzername',
  appPassword: 'App-Passwort',
  howTitle: 'So benutzen Sie es',
  howPhone:
    'Telefon: in einer App, die WebDAV spricht (DAVx⁵ oder Cx File Explorer auf Android, Documents oder Owlfiles auf dem iPhone), einen WebDAV-Server hinzufügen.',
  howComputer:
    'Computer: im Finder „Mit Server verbinden“, in Windows „Netzlaufwerk verbinden“, in Dateiverwaltungen von Linux „Mit Server verbinden“ mit davs:// statt https://.',
  howProgram: 'Programm: rclone, Cyberduck und andere, als Art WebDAV.',
  appNoted: 'Ich habe es eingegeben',
  copy: 'Kopieren',
  copied: 'Kopiert',

  passkeysTitle: 'Passkeys',
  passkeysLead:
    'Anmelden mit Fingerabdruck, Gesicht oder Sicherheitsschlüssel, ohne zu tippen. Ihr Passwort bleibt und geht wie vorher.',
  noPasskeys: 'Noch gibt es keine.',
  newPasskey: 'Neuer Passkey',
  passkeyHow:
    'Ihr Gerät fragt nach Fingerabdruck, Gesicht oder Code, vielleicht zweimal: einmal, um den Passkey zu machen, einmal, um zu sehen, dass er Ihre Tresore öffnet.',
  passkeyLabel: 'Wie heißt dieser Passkey?',
  makePasskey: 'Erstellen',
  passkeyMade: 'Der Passkey ist gespeichert. Sie können sich von jetzt an damit anmelden.',
  passkeySite: (site: string): string => `Gilt für ${site}`,
  endPasskeyTitle: (label: string): string => `Den Passkey ${label} beenden?`,
  endPasskeyText:
    'Er öffnet nichts mehr: Ihre Tresore bekommen neue Schlüssel, und wo Sie sich damit angemeldet haben, sind Sie abgemeldet.',
  passkeyEnded: 'Der Passkey ist beendet.',

  passwordTitle: 'Passwort',
  passwordLead:
    'Ein neues Passwort meldet Sie überall sonst ab. App-Passwörter, Passkeys und der Rettungssatz bleiben.',
  newPassword: 'Neues Passwort',
  changePassword: 'Passwort ändern',
  passwordChanged: 'Das Passwort ist geändert.',

  kitTitle: 'Rettungssatz',
  kitLead: 'Wenn Sie Ihr Passwort vergessen, bringt nur der Rettungssatz alles zurück.',
  kitUnproven:
    'Noch wurde nicht geprüft, ob sich Ihr Rettungssatz lesen lässt. Haben Sie ihn, lesen Sie ihn zurück; wenn nicht, machen Sie einen neuen.',
  kitOpen: 'Zum Rettungssatz',

  escrowTitle: 'Hilfe des Betreibers',
  escrowLead:
    'Der Betreiber hält einen Schlüssel von diesem Server fern. Wenn Sie zustimmen, kann er Ihnen ein neues Passwort geben, wenn Passwort und Rettungssatz verloren sind. Das heißt auch, dass er Ihre Tresore öffnen könnte. Benutzt er ihn hier, finden Sie es in Ihrer Zugriffsliste; mit einer gestohlenen Kopie ginge es ohne Spur.',
  escrowAgree: 'Der ferngehaltene Schlüssel des Betreibers darf mein Konto öffnen',
  escrowOn: 'Zugestimmt. Sie können es jederzeit beenden.',
  escrowOff: 'Beendet. Ihre Tresore haben neue Schlüssel.',
};
