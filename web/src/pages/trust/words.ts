export const words = {
  en: {
    title: 'Trust this server',
    lead: 'This house has an authority of its own for its name. Tell this device once to trust it; then the warnings end and apps can connect.',
    compare: 'First compare',
    compareText:
      'Whoever runs the server has seen this line (SHA-256). It must be the same here, sign by sign; if it is not, stop.',
    android: 'Android',
    androidText:
      'Download the file. Then: Settings, Security, More security settings, Install from device storage, CA certificate, and choose the file.',
    apple: 'iPhone, iPad, Mac',
    appleText:
      'Download the profile. Then: Settings, General, VPN & Device Management, install it. Afterwards: General, About, Certificate Trust Settings, and switch it on.',
    other: 'Windows, Linux, Firefox',
    otherText: 'Download the file and add it to the trusted root authorities of the system or the browser.',
    crt: 'Download the certificate',
    profile: 'Download the profile',
    limit: 'It can vouch for the one name of this server, and for no other site.',
    none: 'There is no authority here',
    noneText: 'This server has a certificate that devices trust already, or none at all. Nothing is to be done.',
    untested: 'These steps were not tried on every phone yet; menus differ a little.',
  },
  fr: {
    title: 'Faire confiance à ce serveur',
    lead: 'Cette maison a sa propre autorité pour son nom. Dites une fois à cet appareil de lui faire confiance ; les avertissements cessent et les applications peuvent se connecter.',
    compare: 'Comparez d’abord',
    compareText:
      'Qui gère le serveur a vu cette ligne (SHA-256). Elle doit être la même ici, signe par signe ; sinon, arrêtez-vous.',
    android: 'Android',
    androidText:
      'Téléchargez le fichier. Puis : Paramètres, Sécurité, Autres paramètres de sécurité, Installer depuis le stockage, Certificat CA, et choisissez le fichier.',
    apple: 'iPhone, iPad, Mac',
    appleText:
      'Téléchargez le profil. Puis : Réglages, Général, VPN et gestion de l’appareil, installez-le. Ensuite : Général, Informations, Réglages des certificats, et activez-le.',
    other: 'Windows, Linux, Firefox',
    otherText: 'Téléchargez le fichier et ajoutez-le aux autorités racines de confiance du système ou du navigateur.',
    crt: 'Télécharger le certificat',
    profile: 'Télécharger le profil',
    limit: 'Elle ne peut garantir que le nom de ce serveur, et aucun autre site.',
    none: 'Il n’y a pas d’autorité ici',
    noneText: 'Ce serveur a un certificat auquel les appareils font déjà confiance, ou aucun. Il n’y a rien à faire.',
    untested: 'Ces étapes n’ont pas encore été essayées sur chaque téléphone ; les menus varient un peu.',
  },
  de: {
    title: 'Diesem Server vertrauen',
    lead: 'Dieses Haus hat für seinen Namen eine eigene Zertifizierungsstelle. Sagen Sie diesem Gerät einmal, dass es ihr vertraut; dann enden die Warnungen, und Apps können sich verbinden.',
    compare: 'Zuerst vergleichen',
    compareText:
      'Wer den Server betreibt, hat diese Zeile gesehen (SHA-256). Sie muss hier Zeichen für Zeichen gleich sein; wenn nicht, brechen Sie ab.',
    android: 'Android',
    androidText:
      'Laden Sie die Datei. Dann: Einstellungen, Sicherheit, Weitere Sicherheitseinstellungen, Vom Gerätespeicher installieren, CA-Zertifikat, und wählen Sie die Datei.',
    apple: 'iPhone, iPad, Mac',
    appleText:
      'Laden Sie das Profil. Dann: Einstellungen, Allgemein, VPN und Geräteverwaltung, installieren. Danach: Allgemein, Info, Zertifikatsvertrauenseinstellungen, einschalten.',
    other: 'Windows, Linux, Firefox',
    otherText:
      'Laden Sie die Datei und fügen Sie sie den vertrauenswürdigen Stammzertifizierungsstellen des Systems oder des Browsers hinzu.',
    crt: 'Zertifikat laden',
    profile: 'Profil laden',
    limit: 'Sie kann nur für den einen Namen dieses Servers bürgen und für keine andere Seite.',
    none: 'Hier gibt es keine eigene Stelle',
    noneText: 'Dieser Server hat ein Zertifikat, dem Geräte schon vertrauen, oder gar keines. Es ist nichts zu tun.',
    untested: 'Diese Schritte wurden noch nicht auf jedem Telefon ausprobiert; die Menüs sind etwas verschieden.',
  },
};
