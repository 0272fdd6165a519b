import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usualProof } from '#copies/proof-status.ts';
import { parseBasic } from './basic-auth.ts';
import { type Config, isLoopback } from './config.ts';
import { hostProblem } from './peer.ts';

const plain: Config = {
  data: './data',
  keyFile: undefined,
  host: '127.0.0.1',
  port: 8080,
  origins: ['https://cloud.example.org'],
  trustedProxies: ['127.0.0.1'],
  tls: undefined,
  logLevel: 'info',
  traceDays: 365,
  proof: usualProof,
  sweepDays: 7,
  copyBandwidth: undefined,
};

test('plain HTTP is for loopback, and for the names that are ours', () => {
  for (const host of [
    'localhost',
    'localhost:8080',
    '127.0.0.1:8080',
    '[::1]:8080',
    'cloud.example.org',
    'CLOUD.example.org',
  ]) {
    assert.equal(hostProblem(plain, host, '127.0.0.1'), undefined, host);
    assert.equal(hostProblem(plain, host, '::ffff:127.0.0.1'), undefined, host);
  }
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    '',
    'a b',
    '192.0.2.1',
    undefined,
    'cloud.example.org.',
    'x@localhost',
  ]) {
    assert.equal(typeof hostProblem(plain, host, '127.0.0.1'), 'string', String(host));
  }
  assert.equal(typeof hostProblem(plain, 'localhost', '192.0.2.1'), 'string', 'a peer from elsewhere without TLS');
  const tls = { ...plain, tls: { certificateFile: 'c', keyFile: 'k' } };
  assert.equal(hostProblem(tls, 'cloud.example.org', '192.0.2.1'), undefined);
});

test('loopback is all of 127/8 and ::1, and nothing that only looks like it', () => {
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) assert.ok(isLoopback(host), host);
  for (const host of ['128.0.0.1', '127.0.0.1.example.org', '0.0.0.0', '::', '', '1127.0.0.1'])
    assert.ok(!isLoopback(host), host);
});

test('a Basic credential is read as RFC 7617 says, and nothing else is', () => {
  const encode = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
  assert.deepEqual(parseBasic(encode('Alice:a:b')), { name: 'alice', password: 'a:b' });
  assert.deepEqual(parseBasic(encode('zoé:ü').replace('Basic', 'basic')), { name: 'zoé', password: 'ü' });
  for (const header of [
    undefined,
    '',
    'Basic',
    'Basic !!!',
    encode(':x'),
    encode('nocolon'),
    'Bearer abc',
    `Basic ${'a'.repeat(2000)}`,
  ]) {
    assert.equal(parseBasic(header), undefined, String(header));
  }
  assert.equal(parseBasic(`Basic ${Buffer.from([0xff, 0xfe, 0x3a, 0x41]).toString('base64')}`), undefined, 'not UTF-8');
});
