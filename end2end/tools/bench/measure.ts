// Asks a server again and again, and keeps what that took.
import autocannon from 'autocannon';
import type { Background } from '../../support/background.ts';
import { Connections } from '../../support/load.ts';
import { expect } from '../../support/test.ts';
import { SECONDS } from './settings.ts';

export const CONNECTIONS = 16;
/** The fewest requests whose mean says something. */
const FEWEST = 3;

type Server = Pick<Background, 'cpu'>;

/** Figures of one kind of request. */
export interface Figures {
  requests: number;
  seconds: number;
  /** The time of processors that the server took, in ms. */
  cpu: number;
  /** The time that each request took, in ms. */
  times: number[];
}

/** Adds up the figures of several turns. */
export function total(turns: Figures[]): Figures {
  const sum = (of: (turn: Figures) => number) => turns.reduce((all, turn) => all + of(turn), 0);
  return {
    requests: sum(({ requests }) => requests),
    seconds: sum(({ seconds }) => seconds),
    cpu: sum(({ cpu }) => cpu),
    times: turns.flatMap(({ times }) => times),
  };
}

/** A request, and the answers that it has to get: a refusal is fast, its figure would be one of something else. */
export interface Load {
  options: Partial<autocannon.Options> & { url: string };
  /** The statuses that come, each of them. */
  statuses?: string[];
  /** A text that stands in every answer. */
  holds?: string;
}

/** Loads a server over many connections for some seconds. */
export async function load(server: Server, name: string, { options, statuses = ['200'], holds }: Load): Promise<Figures> {
  const times: number[] = [];
  const verifyBody = holds && { verifyBody: (body: unknown) => String(body).includes(holds) };
  const before = await server.cpu();
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const done = (error: Error | null, found: autocannon.Result) => (error ? reject(error) : resolve(found));
    const asked = autocannon({ connections: CONNECTIONS, duration: SECONDS, ...options, ...verifyBody }, done);
    // Its own percentiles are whole milliseconds.
    asked.on('response', (_client, _status, _bytes, time) => times.push(time));
  });
  const cpu = (await server.cpu()) - before;
  expect({ errors: result.errors, other: result.mismatches }, name).toEqual({ errors: 0, other: 0 });
  expect(Object.keys(result.statusCodeStats ?? {}).sort(), name).toEqual(statuses);
  return { requests: times.length, seconds: result.duration, cpu, times };
}

export interface Opened {
  figures: Figures;
  bytes: number;
}

interface Opening {
  url: string;
  cookie: string;
  /** Says whether an answer is the page that is meant. */
  fits(html: string): boolean;
}

/**
 * Opens a page for some seconds, one request after the other: none is under way when it ends. Gives its figures and the
 * size of its HTML; nothing when it was refused once, which fails the test at its end.
 */
export async function open(server: Server, { url, cookie, fits }: Opening): Promise<Opened | undefined> {
  const line = new Connections(url, 1);
  const times: number[] = [];
  const [before, began] = [await server.cpu(), performance.now()];
  let bytes = 0;
  while (times.length < FEWEST || performance.now() - began < 1000 * SECONDS) {
    const asked = performance.now();
    const { status, body } = await line.ask(url, { headers: { Cookie: cookie } });
    times.push(performance.now() - asked);
    const answer = { status, fits: fits(body) };
    expect.soft(answer, url).toEqual({ status: 200, fits: true });
    if (answer.status !== 200 || !answer.fits) {
      line.close();
      return undefined;
    }
    bytes = Buffer.byteLength(body);
  }
  line.close();
  const seconds = times.reduce((sum, time) => sum + time) / 1000;
  return { figures: { requests: times.length, seconds, cpu: (await server.cpu()) - before, times }, bytes };
}
