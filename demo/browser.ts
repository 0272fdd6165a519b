// What a browser and the web application in it do: keep a cookie, send the other half of the session, and show an answer only
// when it says that it is for the account that is signed in.
import { Agent, request } from 'node:http';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

export class Browser {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });
  readonly #origin: string;
  cookie: string | undefined;
  tag = '';
  key = '';

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** Status 502 when nobody answered. */
  ask(method: string, target: string, body?: unknown): Promise<Answer> {
    const headers = {
      ...(this.cookie !== undefined && { cookie: this.cookie }),
      ...(this.key !== '' && { 'coffre-session': this.key }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    return new Promise((resolve) => {
      const sent = request(new URL(target, this.#origin), { method, headers, agent: this.#agent }, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (piece: string) => {
          text += piece;
        });
        answer.on('end', () => {
          const [cookie] = answer.headers['set-cookie'] ?? [];
          if (cookie !== undefined) this.cookie = cookie.split(';', 1)[0];
          resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: text });
        });
        answer.on('error', () => resolve({ status: 502, headers: {}, body: '' }));
      });
      sent.on('error', () => resolve({ status: 502, headers: {}, body: '' }));
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  async signIn(name: string, password: string, label: string): Promise<void> {
    const { status, body } = await this.ask('POST', '/api/sign-in', { name, password, label });
    if (status !== 200) throw new Error(`${name} cannot sign in: ${status} ${body}`);
    const { tag, key } = JSON.parse(body) as { readonly tag: string; readonly key: string };
    this.tag = tag;
    this.key = key;
  }

  /** What the application asks for when a page is loaded again. */
  reload(paths: readonly string[]): Promise<readonly Answer[]> {
    return Promise.all(paths.map((path) => this.ask('GET', `/api/@${this.tag}${path}`)));
  }

  /** Whether the application shows it. */
  shows({ status, headers }: Answer): boolean {
    return status === 200 && headers['coffre-account'] === this.tag;
  }

  close(): void {
    this.#agent.destroy();
  }
}
