import { play } from './client.ts';

const held = new Set<string>();
addEventListener('keydown', ({ key }) => held.add(key));
addEventListener('keyup', ({ key }) => held.delete(key));
addEventListener('blur', () => held.clear());
const axis = (less: string, more: string): number => Number(held.has(more)) - Number(held.has(less));

const canvas = document.querySelector('canvas')!;
const draw = canvas.getContext('2d')!;
const { room, me, frame, at } = await play(location.origin);
room.onLeave((code, reason) => document.body.append(`disconnected: ${code} ${reason ?? ''}`));
addEventListener('pagehide', (event) => {
  if (!event.persisted) void room.leave();
});

requestAnimationFrame(function show() {
  frame(axis('ArrowLeft', 'ArrowRight'), axis('ArrowUp', 'ArrowDown'));
  draw.clearRect(0, 0, canvas.width, canvas.height);
  for (const dot of room.state.dots.values()) {
    const { x, y } = at(dot);
    draw.fillStyle = dot === me ? 'crimson' : 'steelblue';
    draw.fillRect(canvas.width / 2 + x - 6, canvas.height / 2 + y - 6, 12, 12);
  }
  requestAnimationFrame(show);
});
