import type { Translated } from '../../i18n/language.ts';

interface ReachWords {
  readonly title: string;
  readonly lead: string;
  readonly nowTitle: string;
  readonly nowLocal: string;
  readonly nowNamed: string;
  readonly scan: string;
  readonly scanTrust: string;
  readonly code: string;
  readonly homeTitle: string;
  readonly homeLead: string;
  readonly homeSteps: readonly string[];
  readonly domainTitle: string;
  readonly domainLead: string;
  readonly domainSteps: readonly string[];
  readonly proxyTitle: string;
  readonly proxyLead: string;
  readonly proxySteps: readonly string[];
  readonly untested: string;
}

export const words: Translated<ReachWords> = {
  en: {
    title: 'Reach it from your phone',
    lead: 'Beyond this machine Coffre is reached over TLS, under a name. Choose one of three ways.',
    nowTitle: 'Now',
    nowLocal: 'You reach it on this machine only, at',
    nowNamed: 'You reach it at',
    scan: 'Scan this with the phone.',
    scanTrust: 'Scan this with a phone that does not trust the server yet. It leads to the steps for that phone.',
    code: 'Code with the address',
    homeTitle: 'At home only, without the internet',
    homeLead: 'An authority of your own vouches for one name in your network. Every device is told once to trust it.',
    homeSteps: [
      'Choose a name that ends in home.arpa, and let your router know it: it leads to the address of this machine.',
      'Run this on the machine. It prints a line SHA-256; write it down.',
      'Put the settings that it shows into the configuration, and start the server again.',
      'Open /trust at the new name with each phone, compare the line, and install what it offers.',
    ],
    domainTitle: 'Under a domain of your own',
    domainLead: 'A public authority vouches for it, and no device needs to be told anything.',
    domainSteps: [
      'Let the name lead to your connection, and the ports 80 and 443 of the router to this machine.',
      'Run this on the machine, from then on once a day by a timer: it renews when that is due.',
      'Put the settings that it shows into the configuration, and start the server again.',
    ],
    proxyTitle: 'Behind a reverse proxy that you have already',
    proxyLead: 'The proxy ends TLS; Coffre listens on this machine as now.',
    proxySteps: [
      'Give the proxy this site (the example is for Caddy).',
      'Name the public address in origins, and the address of the proxy in trustedProxies.',
    ],
    untested: 'Tested with another network on this machine and with an authority of our own; not on real phones yet.',
  },
  fr: {
    title: 'Y accéder depuis votre téléphone',
    lead: 'Au-delà de cette machine, Coffre se joint par TLS, sous un nom. Choisissez l’un de ces trois chemins.',
    nowTitle: 'Maintenant',
    nowLocal: 'Vous n’y accédez que sur cette machine, à',
    nowNamed: 'Vous y accédez à',
    scan: 'Scannez ceci avec le téléphone.',
    scanTrust:
      'Scannez ceci avec un téléphone qui ne fait pas encore confiance au serveur. Cela mène aux étapes pour ce téléphone.',
    code: 'Code avec l’adresse',
    homeTitle: 'À la maison seulement, sans internet',
    homeLead:
      'Votre propre autorité garantit un nom dans votre réseau. On dit une fois à chaque appareil de lui faire confiance.',
    homeSteps: [
      'Choisissez un nom qui finit par home.arpa et donnez-le à votre routeur : il mène à l’adresse de cette machine.',
      'Lancez ceci sur la machine. Une ligne SHA-256 s’affiche ; notez-la.',
      'Mettez les réglages affichés dans la configuration et redémarrez le serveur.',
      'Ouvrez /trust sous le nouveau nom avec chaque téléphone, comparez la ligne, installez ce qui est proposé.',
    ],
    domainTitle: 'Sous votre propre domaine',
    domainLead: 'Une autorité publique le garantit, et il n’y a rien à dire aux appareils.',
    domainSteps: [
      'Faites mener le nom à votre connexion, et les ports 80 et 443 du routeur à cette machine.',
      'Lancez ceci sur la machine, puis une fois par jour avec un minuteur : le certificat se renouvelle quand il faut.',
      'Mettez les réglages affichés dans la configuration et redémarrez le serveur.',
    ],
    proxyTitle: 'Derrière un proxy inverse que vous avez déjà',
    proxyLead: 'Le proxy termine TLS ; Coffre écoute sur cette machine comme maintenant.',
    proxySteps: [
      'Donnez ce site au proxy (l’exemple est pour Caddy).',
      'Nommez l’adresse publique dans origins, et l’adresse du proxy dans trustedProxies.',
    ],
    untested:
      'Essayé avec un autre réseau sur cette machine et avec une autorité à nous ; pas encore sur de vrais téléphones.',
  },
  de: {
    title: 'Vom Telefon aus erreichen',
    lead: 'Außerhalb dieses Computers erreicht man Coffre über TLS, unter einem Namen. Wählen Sie einen von drei Wegen.',
    nowTitle: 'Jetzt',
    nowLocal: 'Sie erreichen es nur auf diesem Computer, unter',
    nowNamed: 'Sie erreichen es unter',
    scan: 'Scannen Sie das mit dem Telefon.',
    scanTrust:
      'Scannen Sie das mit einem Telefon, das dem Server noch nicht vertraut. Es führt zu den Schritten für dieses Telefon.',
    code: 'Code mit der Adresse',
    homeTitle: 'Nur zu Hause, ohne Internet',
    homeLead:
      'Eine eigene Zertifizierungsstelle bürgt für einen Namen in Ihrem Netz. Jedem Gerät sagt man einmal, dass es ihr vertraut.',
    homeSteps: [
      'Wählen Sie einen Namen, der auf home.arpa endet, und geben Sie ihn Ihrem Router: Er führt zur Adresse dieses Computers.',
      'Führen Sie das auf dem Computer aus. Es zeigt eine Zeile SHA-256; schreiben Sie sie auf.',
      'Übernehmen Sie die gezeigten Einstellungen in die Konfiguration, und starten Sie den Server neu.',
      'Öffnen Sie mit jedem Telefon /trust unter dem neuen Namen, vergleichen Sie die Zeile, und installieren Sie das Angebotene.',
    ],
    domainTitle: 'Unter einer eigenen Domain',
    domainLead: 'Eine öffentliche Stelle bürgt dafür, und keinem Gerät muss man etwas sagen.',
    domainSteps: [
      'Lassen Sie den Namen zu Ihrem Anschluss führen, und die Ports 80 und 443 des Routers zu diesem Computer.',
      'Führen Sie das auf dem Computer aus, danach einmal am Tag mit einem Zeitgeber: Es erneuert, wenn es so weit ist.',
      'Übernehmen Sie die gezeigten Einstellungen in die Konfiguration, und starten Sie den Server neu.',
    ],
    proxyTitle: 'Hinter einem Reverse-Proxy, den Sie schon haben',
    proxyLead: 'Der Proxy beendet TLS; Coffre hört auf diesem Computer wie jetzt.',
    proxySteps: [
      'Geben Sie dem Proxy diese Seite (das Beispiel ist für Caddy).',
      'Nennen Sie die öffentliche Adresse in origins und die Adresse des Proxys in trustedProxies.',
    ],
    untested:
      'Getestet mit einem anderen Netz auf diesem Computer und mit einer Stelle von uns; noch nicht mit echten Telefonen.',
  },
};
