/**
 * `*` or a list of entity tags, without quotes; undefined when it cannot be read.
 * @param comparison RFC 9110 §8.8.3.2. We only have strong tags: compared strongly a weak one equals none of them, compared
 *   weakly it equals the one with the same text.
 */
export function parseEntityTags(text: string, comparison: 'strong' | 'weak'): readonly string[] | '*' | undefined {
  if (text.trim() === '*') return '*';
  const tags: string[] = [];
  let at = 0;
  while (at < text.length) {
    entityTag.lastIndex = at;
    const match = entityTag.exec(text);
    if (match === null) return undefined;
    const [all, weak, opaque = ''] = match;
    tags.push(weak !== undefined && comparison === 'strong' ? `W/"${opaque}"` : opaque);
    at += all.length;
  }
  return tags;
}

/** RFC 9110 §5.6.1: empty elements of a list are passed over. */
const entityTag = /[\t ,]*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[\t ]*(?:,[\t ,]*|$)/y;
