// Runs the server without the command line.
import { parseArgs } from 'node:util';
import { serve } from '#server/serve.ts';

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: { data: { type: 'string' }, port: { type: 'string' } },
});
try {
  await serve({ data: values.data, port: Number(values.port) });
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error}\n`);
  process.exit(1);
}
