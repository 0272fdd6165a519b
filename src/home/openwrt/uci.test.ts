import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { changedConfig, changesBetween, differences, parseUciConfig, sameConfig, type UciConfig } from './uci.ts';

const options = fc.dictionary(
  fc.constantFrom('a', 'b', 'key'),
  fc.oneof(fc.constantFrom('1', '2'), fc.array(fc.constantFrom('x', 'y'), { minLength: 1, maxLength: 2 })),
);

/** Named sections, then anonymous ones, which a router never puts in between again once they were gone. */
const configs: fc.Arbitrary<UciConfig> = fc
  .tuple(
    fc.uniqueArray(fc.tuple(fc.constantFrom('one', 'two', 'three', 'four'), fc.constantFrom('t', 'u'), options), {
      selector: ([name]) => name,
    }),
    fc.array(fc.tuple(fc.constantFrom('rule', 'zone'), options), { maxLength: 3 }),
  )
  .map(([named, anonymous]) => [
    ...named.map(([name, type, each]) => ({ name, type, anonymous: false, options: each })),
    ...anonymous.map(([type, each], index) => ({ name: `cfg${index}`, type, anonymous: true, options: each })),
  ]);

it('makes one configuration become another, whatever they are', () => {
  fc.assert(
    fc.property(configs, configs, (from, to) => {
      const made = changesBetween('c', from, to).reduce(changedConfig, from);
      const sorted = (config: UciConfig): string[] =>
        config
          .map(({ name, anonymous, type, options: each }) =>
            JSON.stringify([anonymous ? '' : name, type, Object.entries(each).toSorted()]),
          )
          .toSorted();
      assert.deepEqual(sorted(made), sorted(to));
      const order = (config: UciConfig): string[] => config.filter((each) => !each.anonymous).map(({ name }) => name);
      assert.deepEqual(order(made), order(to));
    }),
  );
});

it('changes nothing where nothing is different, and says so', () => {
  fc.assert(
    fc.property(configs, (config) => {
      const renamed = config.map((each) => (each.anonymous ? { ...each, name: `${each.name}ab` } : each));
      assert.deepEqual(changesBetween('c', config, renamed), []);
      assert.deepEqual(differences('c', config, renamed), []);
      assert.ok(sameConfig(config, renamed));
    }),
  );
});

it('shows no secret', () => {
  const config = (key: string): UciConfig => [{ name: 'w', type: 'wifi-iface', anonymous: false, options: { key } }];
  const text = JSON.stringify([
    differences('wireless', config('old one'), config('new one')),
    differences('wireless', [], config('new one')),
  ]);
  assert.ok(!text.includes('new one') && !text.includes('old one'), text);
});

it('reads what rpcd answers, in the order of the file, and refuses anything else', () => {
  const section = {
    '.anonymous': false,
    '.type': 'interface',
    '.name': 'lan',
    '.index': 1,
    proto: 'static',
    dns: ['a'],
  };
  const first = { '.anonymous': true, '.type': 'device', '.name': 'cfg01', '.index': 0 };
  assert.deepEqual(
    parseUciConfig({ values: { lan: section, cfg01: first } })?.map(({ name }) => name),
    ['cfg01', 'lan'],
  );
  for (const wrong of [
    undefined,
    {},
    { values: 1 },
    { values: { lan: {} } },
    { values: { lan: { ...section, x: { y: 1 } } } },
  ])
    assert.equal(parseUciConfig(wrong), undefined);
});
