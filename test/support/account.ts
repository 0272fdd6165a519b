// Accounts for tests, made the way the command line makes them: over the socket of a running server, or in this process.
import { strict as assert } from 'node:assert';
import { Throttle } from '#accounts/throttle.ts';
import { makeControl } from '#server/control.ts';
import type { Control } from '#server/control-calls.ts';
import { connectControl } from '#server/control-socket.ts';
import { type Core, openLocalCore } from '#server/core.ts';
import { placesOf } from '#server/data-folder.ts';
import { realClock } from '#server/real-world.ts';

export interface TestAccount {
  readonly name: string;
  readonly password: string;
  /** The text of the recovery kit's identity. */
  readonly kit: string;
  /** Holds every kind of vault. */
  readonly appPassword: string;
}

/** Slow guesses are not what these tests are about. */
const cheapPasswordCost = { memoryKiB: 64, passes: 1 };

/** Makes an account with an app password, in a data folder whose server may be running or not. */
export async function makeAccount(dataFolder: string, name = 'alice'): Promise<TestAccount> {
  return withControl(dataFolder, async (control) => {
    const password = `correct horse of ${name}`;
    const made = await answerOf<{ readonly kit: { readonly identity: string } }>(control, 'account.create', {
      name,
      password,
    });
    const { ticket } = await answerOf<{ readonly ticket: string }>(control, 'unlock', { name, password });
    const { appPassword } = await answerOf<{ readonly appPassword: string }>(control, 'app-password.create', {
      ticket,
      label: 'test',
      vaults: ['files', 'documents'],
    });
    return { name, password, kit: made.kit.identity, appPassword };
  });
}

/** Control commands to whoever has the folder. */
export async function withControl<Result>(
  dataFolder: string,
  work: (control: Control) => Promise<Result>,
): Promise<Result> {
  const running = await connectControl(dataFolder);
  if (running !== undefined) return work(running);
  return withLocalCore(dataFolder, (core) => {
    return work(makeControl({ core, throttle: new Throttle(realClock), sessions: undefined }));
  });
}

/** The program's own parts in this process, on a folder that no server has. */
export async function withLocalCore<Result>(
  dataFolder: string,
  work: (core: Core) => Promise<Result>,
): Promise<Result> {
  const core = await openLocalCore(placesOf(dataFolder), { passwordCost: cheapPasswordCost });
  try {
    return await work(core);
  } finally {
    await core.close();
  }
}

export async function answerOf<Value>(control: Control, command: string, args: unknown): Promise<Value> {
  const answer = await control.run({ command, args });
  assert.equal(answer.kind, 'done', `${command}: ${JSON.stringify(answer)}`);
  return (answer as { readonly value: unknown }).value as Value;
}
