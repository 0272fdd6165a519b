export const words = {
  en: {
    title: 'Operator kit',
    lead: 'It stands in for the instance key, should the disk of this server be lost.',
    makeTitle: 'Make one and keep it apart',
    makeText:
      'Without the instance key or such a kit nobody can sign in any more, whatever copies there are. It opens nothing of any account.',
    make: 'Make an operator kit',
    done: 'The operator kit is kept.',
    provenTitle: 'An operator kit is kept',
    provenText: 'It was saved and read back. You may make another one, for a second place.',
  },
  fr: {
    title: 'Kit d’opérateur',
    lead: 'Il remplace la clé d’instance, si le disque de ce serveur est perdu.',
    makeTitle: 'Faites-en un et gardez-le à part',
    makeText:
      'Sans la clé d’instance ou un tel kit, plus personne ne peut se connecter, quelles que soient les copies. Il n’ouvre rien d’aucun compte.',
    make: 'Faire un kit d’opérateur',
    done: 'Le kit d’opérateur est gardé.',
    provenTitle: 'Un kit d’opérateur est gardé',
    provenText: 'Il a été enregistré et relu. Vous pouvez en faire un autre, pour un deuxième endroit.',
  },
  de: {
    title: 'Betreibersatz',
    lead: 'Er ersetzt den Instanzschlüssel, falls die Platte dieses Servers verloren geht.',
    makeTitle: 'Machen Sie einen und legen Sie ihn woanders hin',
    makeText:
      'Ohne Instanzschlüssel oder einen solchen Satz kann sich niemand mehr anmelden, welche Kopien es auch gibt. Er öffnet nichts von irgendeinem Konto.',
    make: 'Betreibersatz machen',
    done: 'Der Betreibersatz ist aufbewahrt.',
    provenTitle: 'Ein Betreibersatz ist aufbewahrt',
    provenText: 'Er wurde gesichert und zurückgelesen. Sie können einen weiteren machen, für einen zweiten Ort.',
  },
};
