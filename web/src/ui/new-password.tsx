import { PasswordInput } from '@mantine/core';
import type { JSX } from 'react';
import { useWords } from '../i18n/language.ts';
import { words } from './words.ts';

/** A password that is being chosen, typed twice. */
export interface NewPassword {
  readonly password: string;
  readonly again: string;
}

export const noPassword: NewPassword = { password: '', again: '' };

export function isTypedTwice({ password, again }: NewPassword): boolean {
  return password !== '' && password === again;
}

/** While the second one is not typed yet, nothing is wrong. */
export function differs({ password, again }: NewPassword): boolean {
  return again !== '' && again !== password;
}

interface NewPasswordFieldsProps {
  readonly label: string;
  readonly value: NewPassword;
  readonly onChange: (value: NewPassword) => void;
}

export function NewPasswordFields({ label, value, onChange }: NewPasswordFieldsProps): JSX.Element {
  const w = useWords(words);
  return (
    <>
      <PasswordInput
        label={label}
        description={w.passwordHint}
        autoComplete="new-password"
        minLength={8}
        maxLength={1024}
        required
        withAsterisk={false}
        value={value.password}
        onChange={(event) => onChange({ ...value, password: event.currentTarget.value })}
      />
      <PasswordInput
        label={w.passwordAgain}
        autoComplete="new-password"
        required
        withAsterisk={false}
        value={value.again}
        onChange={(event) => onChange({ ...value, again: event.currentTarget.value })}
        {...(differs(value) && { error: w.notTheSame })}
      />
    </>
  );
}
