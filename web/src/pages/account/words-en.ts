export const en = {
  title: 'Account and devices',
  lead: 'Who can open your vaults, and how.',
  lostTitle: 'Lost a phone or a computer?',
  lostLead: 'End everything that it holds, at once. You see what it could read until then.',
  lostAction: 'A device is lost',
  lookTitle: 'Language and look',

  sessionsTitle: 'Signed in',
  sessionsLead: 'Browsers in which you are signed in.',
  unnamedDevice: 'A device without a name',
  thisDevice: 'this device',
  used: (when: string, address: string): string => `Last used ${when}, from ${address}`,
  neverUsed: 'Not used yet',
  since: (day: string): string => `Since ${day}`,
  endSession: 'Sign out',
  sessionEnded: 'That device is signed out.',

  appsTitle: 'App passwords',
  appsLead:
    'For phones and programs: each has a password of its own, which opens only what you tick and can be ended alone.',
  noApps: 'There are none yet. Make one for each phone or program.',
  newApp: 'New app password',
  opens: (what: string): string => `Opens: ${what}`,
  endApp: 'End it',
  endAppTitle: (label: string): string => `End the app password of ${label}?`,
  endAppText:
    'It opens nothing any more from now on: its vaults get new keys. What that device has copied already stays on it.',
  appEnded: 'The app password is ended.',
  vaults: { files: 'Files', documents: 'Documents' },
  appLabel: 'What is it for?',
  appLabelHint: 'For example: my phone, the television, the backup program',
  appVaults: 'What may it open?',
  appVaultsHint: 'Tick only what this device needs.',
  makeApp: 'Make it',
  appMade: 'Your new app password',
  appShownOnce:
    'Enter these three on the device now. The password is shown only once; if you lose it, make another one.',
  address: 'Address',
  userName: 'User name',
  appPassword: 'App password',
  howTitle: 'How to use it',
  howPhone:
    'Phone: in an app that speaks WebDAV (DAVx⁵ or Cx File Explorer on Android, Documents or Owlfiles on iPhone) add a WebDAV server.',
  howComputer:
    'Computer: in Finder “Connect to server”, in Windows “Map network drive”, in Linux file managers “Connect to server” with davs:// in place of https://.',
  howProgram: 'Program: rclone, Cyberduck and others, as type WebDAV.',
  appNoted: 'I have entered it',
  copy: 'Copy',
  copied: 'Copied',

  passkeysTitle: 'Passkeys',
  passkeysLead:
    'Sign in with fingerprint, face or a security key, without typing. Your password stays and works as before.',
  noPasskeys: 'There are none yet.',
  newPasskey: 'New passkey',
  passkeyHow:
    'Your device asks for your fingerprint, face or code, maybe twice: once to make the passkey, once to see that it opens your vaults.',
  passkeyLabel: 'What is this passkey called?',
  makePasskey: 'Make it',
  passkeyMade: 'The passkey is kept. You can sign in with it from now on.',
  passkeySite: (site: string): string => `Works at ${site}`,
  endPasskeyTitle: (label: string): string => `End the passkey ${label}?`,
  endPasskeyText:
    'It opens nothing any more: your vaults get new keys, and where you signed in with it you are signed out.',
  passkeyEnded: 'The passkey is ended.',

  passwordTitle: 'Password',
  passwordLead: 'A new password signs you out everywhere else. App passwords, passkeys and the kit stay.',
  newPassword: 'New password',
  changePassword: 'Change the password',
  passwordChanged: 'The password is changed.',

  kitTitle: 'Recovery kit',
  kitLead: 'If you forget your password, only the kit brings everything back.',
  kitUnproven:
    'Nobody has checked yet that your kit can be read. If you have it, read it back; if not, make a new one.',
  kitOpen: 'To the kit',

  escrowTitle: 'Help of the operator',
  escrowLead:
    'The operator keeps a key away from this server. If you agree, they can give you a new password when both password and kit are lost. It also means that they could open your vaults. When they use it here, you find it in your trace; with a stolen copy it could be used without one.',
  escrowAgree: 'The operator’s offline key may open my account',
  escrowOn: 'Agreed. You can end it at any time.',
  escrowOff: 'Ended. Your vaults have new keys.',
};
