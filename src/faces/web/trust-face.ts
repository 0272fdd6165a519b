import type { FastifyInstance } from 'fastify';
import { certificateDer, fingerprintOf } from '#crypto/own-authority.ts';

/** What a device needs to trust the authority of this house; nothing of it is a secret, and nothing is personal. */
export interface TrustParts {
  /** The root's certificate; undefined when there is no authority of our own. */
  authority(): string | undefined;
}

const base = '/trust/authority';

/** RFC 5280's form for Android, Windows and others, and a profile for iOS and macOS. */
export function trustFace(app: FastifyInstance, { authority }: TrustParts): void {
  app.get(`${base}.json`, async (_request, reply) => {
    const pem = authority();
    return reply
      .header('cache-control', 'no-store')
      .send({ fingerprint: pem === undefined ? null : fingerprintOf(pem) });
  });
  app.get(`${base}.crt`, async (_request, reply) => {
    const pem = authority();
    if (pem === undefined) return reply.code(404).send();
    return reply
      .header('content-type', 'application/x-x509-ca-cert')
      .header('content-disposition', 'attachment; filename="coffre-authority.crt"')
      .header('cache-control', 'no-store')
      .send(Buffer.from(certificateDer(pem)));
  });
  app.get(`${base}.mobileconfig`, async (_request, reply) => {
    const pem = authority();
    if (pem === undefined) return reply.code(404).send();
    return reply
      .header('content-type', 'application/x-apple-aspen-config')
      .header('content-disposition', 'attachment; filename="coffre.mobileconfig"')
      .header('cache-control', 'no-store')
      .send(profile(pem));
  });
}

/** The same authority has the same ids, so that a device knows it again. */
function uuidFrom(fingerprint: string, part: number): string {
  const hex = fingerprint
    .replaceAll(':', '')
    .toLowerCase()
    .slice(part * 32, part * 32 + 32);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function profile(pem: string): string {
  const fingerprint = fingerprintOf(pem);
  const [inner, outer] = [uuidFrom(fingerprint, 0), uuidFrom(fingerprint, 1)];
  const content = Buffer.from(certificateDer(pem)).toString('base64');
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>PayloadContent</key>
  <array>
    <dict>
      <key>PayloadContent</key>
      <data>${content}</data>
      <key>PayloadDisplayName</key>
      <string>Coffre authority</string>
      <key>PayloadIdentifier</key>
      <string>coffre.authority.${inner}</string>
      <key>PayloadType</key>
      <string>com.apple.security.root</string>
      <key>PayloadUUID</key>
      <string>${inner}</string>
      <key>PayloadVersion</key>
      <integer>1</integer>
    </dict>
  </array>
  <key>PayloadDescription</key>
  <string>SHA-256 ${fingerprint}</string>
  <key>PayloadDisplayName</key>
  <string>Coffre</string>
  <key>PayloadIdentifier</key>
  <string>coffre.profile.${outer}</string>
  <key>PayloadType</key>
  <string>Configuration</string>
  <key>PayloadUUID</key>
  <string>${outer}</string>
  <key>PayloadVersion</key>
  <integer>1</integer>
</dict>
</plist>
`;
}
