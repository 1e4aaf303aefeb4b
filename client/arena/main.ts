import { addressOfRoom, readAddress } from './address.ts';
import type { ArenaConnection } from './arena-connection.ts';
import { Controls } from './controls.ts';
import { Game } from './game.ts';
import { Banner } from './hud/banner.ts';
import { BestList } from './hud/best-list.ts';
import { closeReason } from './hud/close-reason.ts';
import { joinFailure } from './hud/join-failure.ts';
import { pilotName } from './hud/name-prompt.ts';
import { OwnPanel } from './hud/own-panel.ts';
import { ScoreList } from './hud/score-list.ts';
import { joinArena } from './join.ts';
import { LinkPanel } from './link-panel.ts';
import { NetGraph } from './net-graph.ts';
import { LinkSimulator } from '../link-simulator.ts';
import { readNetwork } from './net-reading.ts';
import { NodePanel } from './node-panel.ts';
import { byId } from './page.ts';
import { Scene } from './scene/scene.ts';
import { startAnew } from './start-anew.ts';
import { installTestHooks } from './test-hooks.ts';
import { TouchPads } from './touch-pads.ts';

/** Points and hulls are written this often; ships move every frame. */
const HUD_MS = 100;

const banner = new Banner();
try {
  await boot();
} catch (error) {
  console.error(error);
  await startAnew(banner, `cannot play: ${error instanceof Error ? error.message : String(error)}`, 'try again');
}

async function boot(): Promise<void> {
  const address = readAddress(new URL(location.href));
  const scene = await Scene.open(byId<HTMLCanvasElement>('scene'));
  scene.drawEmpty();
  const name = await pilotName(address.name);
  const link = new LinkSimulator();
  const room = await joinPatiently(() => joinArena(address, name, link));
  history.replaceState(null, '', addressOfRoom(new URL(location.href), room.roomId));
  play(scene, room, link);
  new NodePanel(room, address.endpoint);
}

/** Tries until it works or the player gives up. */
async function joinPatiently(join: () => Promise<ArenaConnection>): Promise<ArenaConnection> {
  for (;;) {
    banner.busy('connecting…');
    try {
      const room = await join();
      banner.hide();
      return room;
    } catch (error) {
      console.error(error);
      await banner.over(joinFailure(error), 'try again');
    }
  }
}

function play(scene: Scene, room: ArenaConnection, link: LinkSimulator): void {
  const controls = new Controls(TouchPads.wanted(window) ? new TouchPads(byId('page')) : undefined);
  controls.listen(window);

  const game = new Game(room, scene, controls);
  const scores = new ScoreList(byId('scores'));
  const best = new BestList(byId('best'));
  room.onMessage('best', (list: unknown) => best.show(list));
  room.send('best');
  const ownPanel = new OwnPanel();
  new NetGraph(() => readNetwork(room.stats, game.updates, game.prediction.corrections));
  new LinkPanel(link);
  byId('side').hidden = false;
  watchConnection(room);
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) game.prediction.letGo(controls);
  });
  installTestHooks(room, game, scene, controls, link);

  let nextHudMs = 0;
  const frame = (nowMs: number): void => {
    requestAnimationFrame(frame);
    game.draw(nowMs);
    if (nowMs < nextHudMs) return;
    nextHudMs = nowMs + HUD_MS;
    scores.show(scene.ships.ships);
    ownPanel.show(game.prediction.own?.ship);
  };
  requestAnimationFrame(frame);
}

function watchConnection(room: ArenaConnection): void {
  room.onDrop(() => banner.busy('reconnecting…'));
  room.onReconnect(() => banner.hide());
  room.onLeave((code, reason) => void startAnew(banner, `disconnected: ${closeReason(code, reason)}`, 'play again'));
  room.onError((code, message) => console.error(`room error ${code}: ${message ?? ''}`));
}
