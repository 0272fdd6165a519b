export const words = {
  en: {
    title: 'Safe',
    storage: 'Storage',
    storageLead: 'Earlier versions and the trash included.',
    kept: (size: string): string => `${size} kept`,
    of: (size: string, quota: string): string => `${size} of ${quota} kept`,
  },
  fr: {
    title: 'Sûreté',
    storage: 'Stockage',
    storageLead: 'Versions antérieures et corbeille comprises.',
    kept: (size: string): string => `${size} gardés`,
    of: (size: string, quota: string): string => `${size} gardés sur ${quota}`,
  },
  de: {
    title: 'Sicherheit',
    storage: 'Speicher',
    storageLead: 'Frühere Versionen und Papierkorb eingerechnet.',
    kept: (size: string): string => `${size} aufbewahrt`,
    of: (size: string, quota: string): string => `${size} von ${quota} aufbewahrt`,
  },
};
