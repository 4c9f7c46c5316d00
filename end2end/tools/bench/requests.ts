// Runs the scenarios on every server, by turns with their floors.
import type { Baselines } from '../../support/baselines.ts';
import type { Bed } from './bed.ts';
import { load, total } from './measure.ts';
import type { Figures, Load } from './measure.ts';
import { rowOf } from './row.ts';
import type { Row } from './row.ts';
import { FLOORS, SCENARIOS } from './scenarios.ts';
import type { Floor, Scenario } from './scenarios.ts';
import { TURNS, inTurn } from './settings.ts';

/** The rows of the floors, and those of each server. */
export async function measureRequests(beds: Bed[], baselines: Baselines): Promise<{ floors: Row[]; servers: Row[][] }> {
  const floors = new Map<Floor, Figures[]>(FLOORS.map((floor) => [floor, []]));
  const servers: Row[][] = beds.map(() => []);
  for (const scenario of SCENARIOS) {
    const { floor, own } = await byTurns(scenario, beds, baselines);
    floors.get(scenario.floor)!.push(...floor);
    for (const [index, turns] of own.entries()) {
      const beside = { name: scenario.floor.name, figures: total(floor) };
      servers[index]!.push(rowOf(scenario.name, total(turns), { beside, ...(scenario.steps && { steps: scenario.steps }) }));
    }
  }
  return { floors: [...floors].map(([{ name }, turns]) => rowOf(`floor: ${name}`, total(turns))), servers };
}

/** Measures a scenario and its floor, turn for turn: neither has the quieter moments of the machine. */
async function byTurns({ name, floor: { path }, prepare }: Scenario, beds: Bed[], baselines: Baselines) {
  const floor: Figures[] = [];
  const own: Figures[][] = beds.map(() => []);
  for (let turn = 0; turn < TURNS; turn += 1) {
    const loads: Load[] = [];
    for (const bed of beds) loads.push(await prepare(bed));
    const { authorization } = loads[0]!.options.headers ?? {};
    // The same token for both, so that only what is done with it differs.
    const headers = { ...(authorization && { authorization }) };
    floor.push(await load(baselines, path, { options: { url: baselines.url + path, headers } }));
    for (const index of inTurn(beds.length, turn)) {
      own[index]!.push(await load(beds[index]!.gatepass, name, loads[index]!));
    }
  }
  return { floor, own };
}
