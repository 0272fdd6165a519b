// A node:test reporter with one line per skipped (or todo) test, so that no skip goes unread.
export default async function* skipReporter(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const reason = data.skip ?? data.todo;
    if (reason === undefined || reason === false) continue;
    yield `${data.name}: ${reason === true || reason === '' ? 'no reason given' : reason}\n`;
  }
}
