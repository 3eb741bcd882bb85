/**
 * One deployment in the network of a card: the server at its node, people, and
 * whatever endpoints a journey starts. What a journey started ends with it.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser, type BrowserOptions } from './browser.ts';
import { environment, type Node, named, Program, run } from './programs.ts';

export const SERVER = 'https://10.21.185.10';
const RELAY = '10.21.151.10';
const READY_WITHIN_MS = 20_000;

export interface Person {
  name: string;
  node: Node;
  secret: string;
}

export class Stage {
  readonly folder: string;
  readonly authority: string;
  readonly #server: Program;
  readonly #config: string;
  #programs: Program[] = [];
  #browsers: Browser[] = [];
  #folders = 0;

  private constructor(folder: string, config: string, server: Program, authority: string) {
    this.folder = folder;
    this.#config = config;
    this.#server = server;
    this.authority = authority;
  }

  static async open(): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'stage-'));
    const state = join(folder, 'state');
    await mkdir(state, { mode: 0o700 });
    const config = join(folder, 'hopsight.toml');
    await writeFile(
      config,
      `url = "${SERVER}"\nstate = "${state}"\n[relay]\nadvertised = "${RELAY}"\n`,
    );
    const command = [named('HOPSIGHT_BINARY'), 'serve', '--json', '--config', config];
    const server = new Program('server', 'server', command, 'stderr');
    const isReady = (said: Record<string, unknown>) => fields(said).message === 'ready';
    try {
      const ready = await server.until('ready', isReady, READY_WITHIN_MS);
      return new Stage(folder, config, server, String(fields(ready).ca));
    } catch (error) {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
      throw new Error(`${error}\n${server.lastWords}`);
    }
  }

  /** Somebody with a device secret, at a desk. */
  async person(name: string, node: Node): Promise<Person> {
    const { secret } = await this.#user(['add', name, '--device']);
    return { name, node, secret: String(secret) };
  }

  /** Somebody who may see everybody's sessions, with a browser at a desk. */
  async administrator(name: string, node: Node): Promise<Person> {
    await this.#user(['add', name, '--administrator']);
    return { name, node, secret: '' };
  }

  /** A link that signs `person` in once. */
  async signInLink({ name }: Person): Promise<string> {
    const { link } = await this.#user(['reset', name]);
    return String(link);
  }

  /** `hopsight share …` of a person at their desk. */
  share({ name, node, secret }: Person, more: string[]): Program {
    const trust = ['--server', SERVER, '--ca', this.authority];
    const command = ['share', ...more, '--as', name, ...trust, '--source', 'test-pattern'];
    return this.#native(`share of ${name}`, node, command, { HOPSIGHT_SECRET: secret });
  }

  /** `hopsight view …` of a person at their desk. */
  view({ name, node, secret }: Person, more: string[]): Program {
    const trust = ['--server', SERVER, '--ca', this.authority];
    const command = ['view', ...more, '--as', name, ...trust, '--headless'];
    return this.#native(`view of ${name}`, node, command, { HOPSIGHT_SECRET: secret });
  }

  /** `hopsight view LINK`, trusting nothing but the link. */
  viewLink(node: Node, link: string): Program {
    const command = ['view', link, '--name', 'Visitor', '--headless'];
    return this.#native('view of a visitor', node, command, {});
  }

  async browser(node: Node, options: BrowserOptions): Promise<Browser> {
    this.#folders += 1;
    const folder = join(this.folder, `browser-${this.#folders}`);
    const browser = await Browser.open(node, folder, join(this.folder, 'state/ca.pem'), options);
    this.#browsers.push(browser);
    return browser;
  }

  /** A browser in which `person` is signed in and reachable. */
  async browserOf(person: Person, options: BrowserOptions): Promise<Browser> {
    const browser = await this.browser(person.node, options);
    await browser.open(await this.signInLink(person));
    await browser.page.getByTestId('new-password-skip').click();
    await browser.page.locator('[data-testid=registration][data-state=registered]').waitFor();
    return browser;
  }

  /** Ends what the journey started; after a failure its last words are shown. */
  async endJourney(failed: boolean): Promise<void> {
    const [browsers, programs] = [this.#browsers, this.#programs];
    [this.#browsers, this.#programs] = [[], []];
    if (failed) {
      for (const browser of browsers) process.stderr.write(`${await browser.lastWords()}\n`);
      for (const { lastWords } of [...programs, this.#server])
        process.stderr.write(`${lastWords}\n`);
    }
    await Promise.all([
      ...browsers.map((browser) => browser.close()),
      ...programs.map((program) => program.stop()),
    ]);
    const faults = browsers.flatMap((browser) => browser.faults);
    if (faults.length > 0) throw new Error(`a page failed: ${faults.join('; ')}`);
  }

  async close(): Promise<void> {
    await this.endJourney(false);
    await this.#server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  #native(name: string, node: Node, command: string[], env: Record<string, string>): Program {
    const program = new Program(
      name,
      node,
      [named('HOPSIGHT_BINARY'), ...command, '--json'],
      'stdout',
      env,
    );
    this.#programs.push(program);
    return program;
  }

  async #user(task: string[]): Promise<Record<string, unknown>> {
    const command = [named('HOPSIGHT_BINARY'), 'user', ...task, '--json', '--config', this.#config];
    return JSON.parse(await run(command, environment())) as Record<string, unknown>;
  }
}

function fields(said: Record<string, unknown>): Record<string, unknown> {
  return (said.fields as Record<string, unknown> | undefined) ?? {};
}
