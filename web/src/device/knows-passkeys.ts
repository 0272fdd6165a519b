/** Only over TLS or on this machine, as the browser has it. */
export function knowsPasskeys(): boolean {
  return 'PublicKeyCredential' in window;
}
