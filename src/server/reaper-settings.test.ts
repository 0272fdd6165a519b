import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '#base/fault.ts';
import { usualLimits } from '#copies/reaper-breakers.ts';
import { looserThanUsual, reaperSettings } from './reaper-settings.ts';

const dayMs = 24 * 60 * 60_000;

test('limits are the usual ones unless set; the environment wins over the file; what is empty is not set', () => {
  assert.deepEqual(reaperSettings({}, { COFFRE_REAPER_FLOOR_CHUNKS: '' }).limits, usualLimits);
  const { limits } = reaperSettings(
    { windowDays: 60, vaultPercent: 0.5, floorChunks: 10 },
    { COFFRE_REAPER_WINDOW_DAYS: '90', COFFRE_REAPER_INSTANCE_PERCENT: '0' },
  );
  assert.deepEqual(limits, {
    ...usualLimits,
    windowMs: 90 * dayMs,
    ofVault: 0.005,
    ofInstance: 0,
    floorChunks: 10,
  });
  assert.deepEqual(looserThanUsual(limits), []);
});

test('what is looser than usual is refused until it is said; the window is never shorter', () => {
  const refused = (settings: Parameters<typeof reaperSettings>[0], environment: Record<string, string> = {}): void =>
    assert.throws(
      () => reaperSettings(settings, environment),
      (error) => isFault(error, 'bad-config'),
    );
  refused({ accumulateDays: 89 });
  refused({ vaultPercent: 1.1 });
  refused({ instancePercent: 0.2 });
  refused({ floorChunks: 101 });
  refused({}, { COFFRE_REAPER_VAULT_PERCENT: 'many' });
  refused({}, { COFFRE_REAPER_LOOSER: '1' });
  refused({ looser: true }, { COFFRE_REAPER_WINDOW_DAYS: '7' });
  refused({ looser: true, vaultPercent: 2 }, { COFFRE_REAPER_LOOSER: 'no' });
  const { limits } = reaperSettings({ looser: true, vaultPercent: 2 }, {});
  assert.deepEqual(looserThanUsual(limits), ['vaultPercent']);
});
