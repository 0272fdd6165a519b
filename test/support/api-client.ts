// The JSON API as the web application uses it: a cookie and a header, and answers as they are.
import { request } from 'node:http';

export interface ApiAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

export class ApiClient {
  readonly #url: string;
  readonly #cookie: string;
  readonly #key: string;
  readonly tag: string;

  private constructor(url: string, cookie: string, key: string, tag: string) {
    this.#url = url;
    this.#cookie = cookie;
    this.#key = key;
    this.tag = tag;
  }

  static async signIn(url: string, name: string, password: string): Promise<ApiClient> {
    const answer = await ask(`${url}/api/sign-in`, 'POST', {}, { name, password, label: 'test' });
    if (answer.status !== 200) throw new Error(`sign-in: ${answer.status} ${answer.body.toString()}`);
    const { tag, key } = JSON.parse(answer.body.toString()) as { readonly tag: string; readonly key: string };
    return new ApiClient(url, answer.cookie.split(';', 1)[0] ?? '', key, tag);
  }

  send(method: string, target: string, body?: unknown): Promise<ApiAnswer> {
    const headers = { cookie: this.#cookie, 'coffre-session': this.#key };
    return ask(`${this.#url}/api/@${this.tag}${target}`, method, headers, body);
  }

  async json<Value>(method: string, target: string, body?: unknown): Promise<Value> {
    const answer = await this.send(method, target, body);
    if (answer.status >= 300) throw new Error(`${method} ${target}: ${answer.status} ${answer.body.toString()}`);
    return (answer.body.length === 0 ? undefined : JSON.parse(answer.body.toString())) as Value;
  }
}

function ask(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): Promise<ApiAnswer & { readonly cookie: string }> {
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const type =
    bytes === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(bytes.length) };
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers: { ...headers, ...type } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          type: answer.headers['content-type'] ?? '',
          cookie: answer.headers['set-cookie']?.[0] ?? '',
          body: Buffer.concat(chunks),
        }),
      );
    });
    asked.on('error', reject);
    asked.end(bytes);
  });
}
