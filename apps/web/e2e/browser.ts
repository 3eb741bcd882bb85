/**
 * A headless Chromium at a node, with a profile of its own. It trusts the
 * deployment's CA by its NSS store, as a managed machine does, or nothing, and
 * then its person presses on through the warning.
 */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { HEIGHT, openDesk, TITLE, WIDTH } from './desk.ts';
import { environment, type Node, run } from './programs.ts';
import { record, SETTINGS } from './recorder.ts';

export interface BrowserOptions {
  certificate: 'trusted' | 'clicked through';
  /** Has a desk to share. */
  shares?: boolean;
}

/** So long a page may take to show what a step waits for. */
const STEP_WITHIN_MS = 15_000;

const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  // No lookups of its own: each would be counted as a datagram of the sharer.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 10.*',
  // A tab is captured at most as large as the screen, which is 800x600 by default.
  `--screen-info={${WIDTH}x${HEIGHT + 200}}`,
  `--auto-select-tab-capture-source-by-title=${TITLE}`,
];

export class Browser {
  readonly page: Page;
  /** What is shared, if something is. */
  readonly desk: Page | null;
  readonly #node: Node;
  readonly #context: BrowserContext;
  readonly #certificate: BrowserOptions['certificate'];
  readonly #said: string[] = [];
  /** What the page threw and nobody caught. */
  readonly faults: string[] = [];

  private constructor(
    node: Node,
    context: BrowserContext,
    [page, desk]: [Page, Page | null],
    { certificate }: BrowserOptions,
  ) {
    this.page = page;
    this.desk = desk;
    this.#node = node;
    this.#context = context;
    this.#certificate = certificate;
    page.on('console', (message) => this.#said.push(message.text()));
    page.on('pageerror', ({ message }) => this.faults.push(message));
  }

  static async open(
    node: Node,
    folder: string,
    authority: string,
    options: BrowserOptions,
  ): Promise<Browser> {
    const home = join(folder, 'home');
    await mkdir(home, { recursive: true });
    if (options.certificate === 'trusted') await trust(home, authority);
    const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
      executablePath: await launcher(node, folder),
      args: FLAGS,
      viewport: { width: WIDTH, height: HEIGHT },
      env: environment({ HOME: home }) as Record<string, string>,
    });
    context.setDefaultTimeout(STEP_WITHIN_MS);
    await context.addInitScript(record, SETTINGS);
    const desk = options.shares ? await openDesk(context) : null;
    const page = await context.newPage();
    return new Browser(node, context, [page, desk], options);
  }

  /** Opens an address; a warning about the certificate is expected, or there must be none. */
  async open(url: string): Promise<void> {
    if (this.#certificate === 'trusted') {
      await this.page.goto(url);
      return;
    }
    const refused = await this.page.goto(url).then(
      () => '',
      (error: Error) => error.message,
    );
    if (!refused.includes('ERR_CERT_AUTHORITY_INVALID')) {
      throw new Error(`no warning about the certificate came: ${refused}`);
    }
    await this.page.click('#details-button');
    await this.page.click('#proceed-link');
  }

  close(): Promise<void> {
    return this.#context.close();
  }

  async lastWords(): Promise<string> {
    const seen = await this.page.innerText('body').catch(() => 'the page is gone');
    const said = [...this.#said.slice(-40), ...this.faults].join('\n');
    return `── browser at ${this.#node}, ${this.page.url()}\n${seen}\n${said}`;
  }
}

/** Playwright starts one file: this one enters the node's network first. */
async function launcher(node: Node, folder: string): Promise<string> {
  const file = join(folder, 'chromium.sh');
  const browser = process.env.CHROMIUM ?? 'chromium';
  await writeFile(file, `#!/bin/sh\nexec nsenter --net=/run/netns/${node} -- ${browser} "$@"\n`);
  await chmod(file, 0o755);
  return file;
}

async function trust(home: string, authority: string): Promise<void> {
  const database = join(home, '.pki/nssdb');
  await mkdir(database, { recursive: true });
  await run(['certutil', '-d', `sql:${database}`, '-N', '--empty-password']);
  const add = ['-A', '-n', 'hopsight', '-t', 'C,,', '-i', authority];
  await run(['certutil', '-d', `sql:${database}`, ...add]);
}
