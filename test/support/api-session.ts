// A session of the JSON API, as the web application has one; by fetch, so that answers may be streams.

export interface SignedIn {
  readonly tag: string;
  readonly cookie: string;
  readonly key: string;
}

export class ApiSession {
  readonly signed: SignedIn;
  readonly url: string;

  constructor(url: string, signed: SignedIn) {
    this.url = url;
    this.signed = signed;
  }

  static async signIn(url: string, name: string, password: string): Promise<ApiSession> {
    const answer = await fetch(`${url}/api/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, password, label: 'test' }),
    });
    if (!answer.ok) throw new Error(`sign-in: ${answer.status} ${await answer.text()}`);
    const { tag, key } = (await answer.json()) as { readonly tag: string; readonly key: string };
    return new ApiSession(url, { tag, key, cookie: (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '' });
  }

  /** The same session at a server that was started again. */
  at(url: string): ApiSession {
    return new ApiSession(url, this.signed);
  }

  get headers(): Record<string, string> {
    return { cookie: this.signed.cookie, 'coffre-session': this.signed.key };
  }

  /** @param path below the account's own address. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}/api/@${this.signed.tag}${path}`, {
      ...init,
      headers: { ...this.headers, ...(init.headers as Record<string, string> | undefined) },
    });
  }

  async ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.fetch(path, {
      method,
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (answer.status === 204 ? undefined : await answer.json()) as Answer;
  }
}

export function pathQuery(...names: readonly string[]): string {
  return `path=${encodeURIComponent(JSON.stringify(names))}`;
}

/** Upload-Metadata of the tus protocol. */
export function tusMetadata(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',');
}
