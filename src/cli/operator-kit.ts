import { newOperatorKit, nothing, operatorKitStatus } from './answers.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { usage } from './failure.ts';
import { checkKitFiles, type KitFiles, operatorKit, saveKit } from './kit.ts';
import { withControl } from './link.ts';
import { readKit } from './proof.ts';
import { ask } from './session.ts';

/** As an operand or an option. */
function kitFile({ args }: Context): string | undefined {
  const [file] = args.operands;
  const option = args.text('kit-file');
  if (file !== undefined && option !== undefined) throw usage('The file is named twice.');
  return file ?? option;
}

export async function createOperatorKit(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const files: KitFiles = { text: kitFile(context) ?? 'operator-kit.txt', page: args.text('kit-html') };
  await checkKitFiles(files);
  return withControl<Ending>(context, async (control) => {
    const made = await ask(control, 'operator-kit.create', {}, 'operator kit', newOperatorKit);
    await saveKit(context, files, operatorKit(), made.kit);
    terminal.hint('when the kit is where it stays, read it back: coffre operator-kit check FILE');
    terminal.line('The operator kit is made.');
    return 'ok';
  });
}

export async function checkOperatorKit(context: Context): Promise<Ending> {
  const { terminal } = context;
  const file = kitFile(context);
  if (file === undefined) throw usage('Which kit?', 'coffre operator-kit check FILE');
  const kit = await readKit(file);
  await withControl(context, (control) => ask(control, 'operator-kit.prove', { kit }, 'the operator kit', nothing));
  terminal.line('This kit opens the instance. It is noted as kept.');
  return 'ok';
}

export async function showOperatorKit(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const status = await withControl(context, (control) =>
    ask(control, 'operator-kit.status', {}, 'operator kit', operatorKitStatus),
  );
  if (args.flag('json')) {
    terminal.json(status);
    return 'ok';
  }
  terminal.line(
    status.proven ? 'An operator kit was saved and read back.' : 'No operator kit was saved and read back yet.',
  );
  if (!status.proven) terminal.hint('coffre operator-kit create, then coffre operator-kit check');
  return 'ok';
}
