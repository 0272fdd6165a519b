import {
  Alert,
  Button,
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  type MantineThemeOverride,
  Modal,
  Paper,
  PasswordInput,
  TextInput,
} from '@mantine/core';

/** Our own colour: the green of old strongboxes. White on shade 7 has a contrast of 5.5. */
const lagoon: MantineColorsTuple = [
  '#eef8f7',
  '#dcefed',
  '#b5dcd8',
  '#8bc9c3',
  '#67b8b0',
  '#4aa79f',
  '#2f8f88',
  '#1f756f',
  '#175e5a',
  '#0f4744',
];

/** White on shade 7 has a contrast of 5.9: that is the button of what cannot be undone. */
const red: MantineColorsTuple = [
  '#fff5f5',
  '#ffe3e3',
  '#ffc9c9',
  '#ffa8a8',
  '#ff8787',
  '#ff6b6b',
  '#e03131',
  '#c92a2a',
  '#b02525',
  '#971f1f',
];

/** The greys of the dark look, with a breath of the same green. */
const dark: MantineColorsTuple = [
  '#d9e0e1',
  '#b8c2c4',
  '#8f9c9f',
  '#6b787b',
  '#3a4547',
  '#2f393b',
  '#232a2b',
  '#1a2021',
  '#151a1b',
  '#0f1314',
];

const fonts = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif';

export const theme: MantineThemeOverride = createTheme({
  colors: { lagoon, dark, red },
  primaryColor: 'lagoon',
  primaryShade: { light: 7, dark: 7 },
  fontFamily: fonts,
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace',
  headings: {
    fontFamily: fonts,
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.75rem', lineHeight: '1.25' },
      h2: { fontSize: '1.375rem', lineHeight: '1.3' },
      h3: { fontSize: '1.0625rem', lineHeight: '1.4' },
    },
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Paper: Paper.extend({ defaultProps: { radius: 'lg', withBorder: true } }),
    Button: Button.extend({ styles: { root: { fontWeight: 600 } } }),
    Alert: Alert.extend({ defaultProps: { radius: 'lg' } }),
    Modal: Modal.extend({ defaultProps: { radius: 'lg', centered: true }, styles: { title: { fontWeight: 650 } } }),
    TextInput: TextInput.extend({ defaultProps: { size: 'md' } }),
    PasswordInput: PasswordInput.extend({ defaultProps: { size: 'md' } }),
  },
});

/** What the library derives for the dark look is nearly black; a breath of the colour is easier on the eye. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {},
  dark: {
    '--mantine-color-lagoon-light': 'rgba(74, 167, 159, 0.16)',
    '--mantine-color-lagoon-light-hover': 'rgba(74, 167, 159, 0.22)',
    '--mantine-color-lagoon-light-color': 'var(--mantine-color-lagoon-2)',
    '--mantine-color-orange-light': 'rgba(253, 126, 20, 0.16)',
    '--mantine-color-orange-light-color': 'var(--mantine-color-orange-2)',
    '--mantine-color-red-light': 'rgba(250, 82, 82, 0.16)',
    '--mantine-color-red-light-color': 'var(--mantine-color-red-2)',
  },
});
