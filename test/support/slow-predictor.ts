/**
 * How a number goes on, as PROTOCOL.md D10 says it and without regard for speed: the twin that the predictor of
 * shared/delta is compared with. Numbers are BigInts; each one that is kept is wrapped to 32 bits.
 */
export interface SlowTrack {
  change: bigint;
  noise: bigint;
  memory: bigint;
  steady: bigint;
  jumped: boolean;
  place: bigint;
  speed: bigint;
  bend: bigint;
}

const STEADY_TICKS = 16n;
const MOST_MEMORY = 12n;
/** Stands for a change that is too large to be followed. */
export const TOO_LARGE = 2n ** 31n - 1n;

const int32 = (value: bigint): bigint => BigInt.asIntN(32, value);
const abs = (value: bigint): bigint => (value < 0n ? -value : value);

export const slowBegun = (): SlowTrack => ({ ...slowSettled(0n), noise: 256n, steady: 12n, jumped: true });

export const slowSettled = (change: bigint): SlowTrack => ({
  change,
  noise: 0n,
  memory: 1n,
  steady: STEADY_TICKS,
  jumped: false,
  place: 0n,
  speed: change,
  bend: 0n,
});

export const slowPredict = ({ place, speed, bend }: SlowTrack): bigint => int32(place + speed + (bend >> 1n));

export const slowIsSteady = ({ memory, steady, jumped }: SlowTrack): boolean =>
  steady === STEADY_TICKS && memory === 1n && !jumped;

/** Its words, as predictor.ts and a keyframe (D7) have them. */
export const slowWords = ({ change, noise, memory, steady, jumped, place, speed, bend }: SlowTrack): number[] =>
  [change, noise, memory + 16n * steady + (jumped ? 512n : 0n), place, speed, bend].map(Number);

export function slowLearn(track: SlowTrack, change: bigint, predicted: bigint): void {
  const steady = change === track.change && change !== TOO_LARGE ? track.steady + 1n : 0n;
  if (steady > STEADY_TICKS) return;
  if (steady === STEADY_TICKS) return void Object.assign(track, slowSettled(change));
  if (change === TOO_LARGE || (slowIsSteady(track) && track.change === 0n)) {
    const noise = change === TOO_LARGE ? 2n ** 30n : int32(abs(change));
    return void Object.assign(track, slowSettled(0n), { noise, steady: 0n, jumped: true });
  }
  track.change = change;
  const error = int32(change - predicted);
  const isCalm = !slowIsSteady(track) && abs(error) <= 768n && abs(error) < track.noise >> 4n;
  track.noise = int32(track.noise + (int32(abs(error) - track.noise) >> (isCalm ? 1n : 2n)));
  const { place, speed, bend } = track;
  if (abs(error) > 768n) {
    if (abs(error) >= 2n ** 18n || abs(error) - 16_384n > 8n * abs(speed)) {
      const goesOn = track.jumped ? change : speed;
      return void Object.assign(track, { place: 0n, speed: goesOn, bend: 0n, memory: 1n, steady: 0n, jumped: true });
    }
    if (track.memory > 2n) track.memory = 2n;
  } else if (int32(8_192n + int32(error * place)) < 0n && track.memory > 2n) {
    track.memory = track.memory > 5n ? track.memory - 3n : 2n;
  }
  const [gPlace, gSpeed, gBend] = SLOW_GAINS[Number(track.memory)]!;
  track.place = int32((int32(error * gPlace) >> 12n) - error);
  track.speed = int32(speed + bend + (int32(error * gSpeed) >> 12n));
  track.bend = int32(bend + (int32(error * gBend) >> 12n));
  track.steady = steady;
  track.jumped = false;
  if (track.memory < MOST_MEMORY) track.memory++;
}

export function slowFollow(track: SlowTrack, change: bigint): void {
  track.steady = change !== track.change ? 0n : track.steady < STEADY_TICKS ? track.steady + 1n : track.steady;
  track.memory = 1n;
  track.jumped = false;
  track.change = change;
}

export function slowBeginMoving(track: SlowTrack): void {
  Object.assign(track, slowSettled(track.change), { noise: 256n, steady: 0n });
}

/** D10's table: by memory, the gains of place, speed and bend in 1/4,096. */
export const SLOW_GAINS: readonly (readonly [place: bigint, speed: bigint, bend: bigint])[] = [
  [0n, 0n, 0n],
  [4_096n, 4_096n, 0n],
  ...Array.from({ length: 11 }, (_, i) => gains(BigInt(i + 2))),
];

function gains(n: bigint): [bigint, bigint, bigint] {
  const cube = (n + 1n) * (n + 2n) * (n + 3n);
  const rounded = (numerator: bigint) => (numerator * 8_192n + cube) / (2n * cube);
  return [rounded(3n * (3n * n * n + 3n * n + 2n)), rounded(18n * (2n * n + 1n)), rounded(60n)];
}
