import { Failure } from './failure.ts';
import type { Output } from './terminal.ts';

/** What a prompt reads from: the terminal. */
export interface Keyboard {
  readonly isTTY?: boolean;
  setRawMode?(on: boolean): unknown;
  on(event: 'data', listener: (data: Buffer) => void): unknown;
  off(event: 'data', listener: (data: Buffer) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

const maxLength = 1024;
const enter = /[\r\n]/;
const interrupt = '\u0003';
const endOfInput = '\u0004';
const eraseLine = '\u0015';
const erase: ReadonlySet<string> = new Set(['\u007f', '\b']);

/**
 * Asks without echo. The terminal is put back whatever happens.
 * @throws Failure `interrupted` on Ctrl-C, and when the terminal ends.
 */
export function askHidden(question: string, keyboard: Keyboard, screen: Output): Promise<string> {
  screen.write(`${question}: `);
  keyboard.setRawMode?.(true);
  keyboard.resume();
  return new Promise<string>((resolve, reject) => {
    const decoder = new TextDecoder('utf-8');
    let typed: string[] = [];
    const stop = (): void => {
      keyboard.off('data', listen);
      keyboard.setRawMode?.(false);
      keyboard.pause();
      screen.write('\n');
    };
    const listen = (data: Buffer): void => {
      for (const character of decoder.decode(data, { stream: true })) {
        if (enter.test(character)) {
          stop();
          resolve(typed.join(''));
          return;
        }
        if (character === interrupt || character === endOfInput) {
          stop();
          reject(new Failure('interrupted', 'Stopped. Nothing was changed.'));
          return;
        }
        if (character === eraseLine) typed = [];
        else if (erase.has(character)) typed.pop();
        else if (typed.length < maxLength) typed.push(character);
      }
    };
    keyboard.on('data', listen);
  });
}
