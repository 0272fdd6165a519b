import { readFileSync } from 'node:fs';
import type { Server } from 'node:https';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Config } from './config.ts';

const lookEveryMs = 60_000;

/**
 * Takes a renewed certificate without a restart. One that cannot be read, or does not fit its key yet, leaves the one before
 * in use; the next look tries again.
 */
export function reloadTls(
  app: FastifyInstance,
  { certificateFile, keyFile }: NonNullable<Config['tls']>,
  log: FastifyBaseLogger,
): void {
  let inUse = readFileSync(certificateFile, 'utf8');
  const timer = setInterval(() => {
    try {
      const cert = readFileSync(certificateFile, 'utf8');
      if (cert === inUse) return;
      // Fastify's type knows one kind of server; with TLS it is this one.
      (app.server as unknown as Server).setSecureContext({ cert, key: readFileSync(keyFile) });
      inUse = cert;
      log.info('the renewed TLS certificate is in use');
    } catch (error) {
      log.error({ err: error }, 'the renewed TLS certificate cannot be used; the one before stays');
    }
  }, lookEveryMs);
  timer.unref();
  app.addHook('onClose', async () => clearInterval(timer));
}
