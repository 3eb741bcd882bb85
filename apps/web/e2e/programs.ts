/** Starts programs at the nodes of the network, reads what they say, ends them. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export type Node = 'desk-a' | 'desk-b' | 'server';

export type Said = Record<string, unknown>;

const KEPT_LINES = 60;

export function named(variable: 'HOPSIGHT_BINARY' | 'HOPSIGHT_PAINTER'): string {
  const file = process.env[variable];
  if (!file) throw new Error(`${variable} is not set; start the journeys by npm run journeys`);
  return file;
}

/** The environment without what steers the journeys: a variable HOPSIGHT_… is configuration. */
export function environment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('HOPSIGHT_'));
  return { ...Object.fromEntries(inherited), ...more };
}

/** How a command is reached that runs at `node`. */
export function at(node: Node, command: string[]): [string, string[]] {
  return ['nsenter', [`--net=/run/netns/${node}`, '--', ...command]];
}

/** Runs a command to its end; gives what it printed. */
export async function run(command: string[], env = environment()): Promise<string> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [printed, complained] = ['', ''];
  child.stdout.on('data', (bytes) => {
    printed += String(bytes);
  });
  child.stderr.on('data', (bytes) => {
    complained += String(bytes);
  });
  const code = await ended(child);
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${complained}`);
  return printed;
}

/** A program that goes on running and says JSON, one object a line. */
export class Program {
  readonly name: string;
  /** Everything said so far, oldest first. */
  readonly said: Said[] = [];
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #waiting = new Set<() => void>();
  #code: number | null | undefined;

  /** `speaks` names the stream with the objects; the other one is kept for failures. */
  constructor(
    name: string,
    node: Node,
    command: string[],
    speaks: 'stdout' | 'stderr',
    env: Record<string, string> = {},
  ) {
    this.name = name;
    const [program, args] = at(node, command);
    const stdio: StdioOptions = ['pipe', 'pipe', 'pipe'];
    this.#child = spawn(program, args, { env: environment(env), stdio });
    this.#child.stdin?.on('error', () => {});
    for (const stream of ['stdout', 'stderr'] as const) {
      const input = this.#child[stream];
      if (input)
        createInterface({ input }).on('line', (line) => this.#take(line, stream === speaks));
    }
    void ended(this.#child).then((code) => {
      this.#code = code;
      for (const wake of this.#waiting) wake();
    });
  }

  /** The first thing said, from the beginning on, that `is` wanted. */
  async until(what: string, is: (said: Said) => boolean, withinMs: number): Promise<Said> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const found = this.said.find(is);
      if (found) return found;
      if (this.#code !== undefined) throw new Error(`${this.name} ended before ${what}`);
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`${this.name}: no ${what} within ${withinMs} ms`);
      await this.#next(left);
    }
  }

  event(name: string, withinMs = 10_000): Promise<Said> {
    return this.until(`event ${name}`, ({ event }) => event === name, withinMs);
  }

  /** Types a line on its standard input. */
  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Waits for its own end; gives the exit code. */
  end(): Promise<number | null> {
    return ended(this.#child);
  }

  async stop(): Promise<void> {
    if (this.#code !== undefined) return;
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 4000);
    await ended(this.#child);
    clearTimeout(late);
  }

  /** The last lines, for whoever must find out what went wrong. */
  get lastWords(): string {
    return `── ${this.name}\n${this.#lines.join('\n')}`;
  }

  #take(line: string, speaks: boolean): void {
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    if (!speaks) return;
    try {
      this.said.push(JSON.parse(line) as Said);
    } catch {
      return;
    }
    for (const wake of this.#waiting) wake();
  }

  #next(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, withinMs);
      this.#waiting.add(wake);
    });
  }
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', reject);
  });
}
