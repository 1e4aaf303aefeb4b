import uPlot from 'uplot';
import { TogglePanel } from './hud/toggle-panel.ts';
import { byId, element } from './page.ts';
import type { NetReading } from './net-reading.ts';
import { type NetPoint, RateSampler } from './rate-sampler.ts';

const SAMPLE_MS = 500;
const SPAN_S = 60;
const SAMPLES = (SPAN_S * 1000) / SAMPLE_MS;
const CHART_HEIGHT_PX = 74;
/** With its padding it fits a screen of 360. */
const CHART_WIDTH_PX = 300;

interface Line {
  of: keyof NetPoint;
  label: string;
  color: string;
  format: (value: number) => string;
}

const milliseconds = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
const perSecond = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)}/s`;
const bytes = (value: number): string => (value < 1000 ? `${value.toFixed(0)} B` : `${(value / 1000).toFixed(1)} kB`);
const bytesPerSecond = (value: number): string => `${bytes(value)}/s`;

/** One chart for each group of lines that share a unit, with the least height its axis is given. */
const CHARTS: readonly { least: number; lines: readonly Line[] }[] = [
  {
    least: 20,
    lines: [
      { of: 'rttMs', label: 'round trip', color: '#5cc8ff', format: milliseconds },
      { of: 'jitterMs', label: 'jitter', color: '#ffd05c', format: milliseconds },
    ],
  },
  {
    least: 70,
    lines: [
      { of: 'updatesPerSecond', label: 'updates', color: '#74e38a', format: perSecond },
      { of: 'messagesPerSecond', label: 'messages in', color: '#c48dff', format: perSecond },
    ],
  },
  {
    least: 1000,
    lines: [
      { of: 'bytesInPerSecond', label: 'in', color: '#43dfc6', format: bytesPerSecond },
      { of: 'bytesOutPerSecond', label: 'out', color: '#ff9d4f', format: bytesPerSecond },
    ],
  },
  { least: 50, lines: [{ of: 'bytesPerMessage', label: 'message size', color: '#8fa8ff', format: bytes }] },
  {
    least: 2,
    lines: [{ of: 'correctionsPerSecond', label: 'prediction corrections', color: '#ff6f6b', format: perSecond }],
  },
];

/** The last minute of the connection in lines, with the current values above them. Sampled whether it is open or not. */
export class NetGraph {
  #panel: TogglePanel;
  #read: () => NetReading;
  #sampler = new RateSampler();
  #points: NetPoint[] = [];
  /** Seconds before now, the oldest first; the points fill it from the right. */
  #ages = Array.from({ length: SAMPLES }, (_, i) => ((i - SAMPLES + 1) * SAMPLE_MS) / 1000);
  #charts: { plot: uPlot; lines: readonly Line[]; values: HTMLElement[] }[] = [];

  constructor(read: () => NetReading) {
    this.#read = read;
    this.#panel = new TogglePanel(byId('net-graph'), byId<HTMLButtonElement>('net-graph-button'), 'KeyN', (open) => {
      if (open) this.#draw();
    });
    for (const { least, lines } of CHARTS) this.#addChart(least, lines);
    setInterval(() => this.#sample(), SAMPLE_MS);
  }

  #addChart(least: number, lines: readonly Line[]): void {
    const root = element('section', 'chart', this.#panel.root);
    const head = element('header', '', root);
    const values = lines.map((line) => {
      const legend = element('span', 'legend', head);
      element('i', '', legend).style.backgroundColor = line.color;
      element('span', 'label', legend, line.label);
      return element('b', '', legend, '–');
    });
    this.#charts.push({ plot: new uPlot(options(least, lines), [[]], root), lines, values });
  }

  #sample(): void {
    const point = this.#sampler.sample(performance.now(), this.#read());
    if (point === undefined) return;
    this.#points.push(point);
    if (this.#points.length > SAMPLES) this.#points.shift();
    if (this.#panel.open) this.#draw();
  }

  #draw(): void {
    const newest = this.#points.at(-1);
    const missing = SAMPLES - this.#points.length;
    for (const { plot, lines, values } of this.#charts) {
      const columns = lines.map(({ of }) =>
        this.#ages.map((_, i) => {
          const value = this.#points[i - missing]?.[of];
          return value === undefined || Number.isNaN(value) ? null : value;
        }),
      );
      plot.setData([this.#ages, ...columns]);
      lines.forEach((line, i) => {
        const value = newest?.[line.of] ?? NaN;
        values[i]!.textContent = Number.isNaN(value) ? '–' : line.format(value);
      });
    }
  }
}

function options(least: number, lines: readonly Line[]): uPlot.Options {
  const axis = { stroke: '#7f8db0', font: '10px system-ui, sans-serif', ticks: { show: false } };
  return {
    width: CHART_WIDTH_PX,
    height: CHART_HEIGHT_PX,
    padding: [6, 6, 6, 0], // the lowest number of the axis needs the room below
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: [-SPAN_S, 0] },
      y: { range: (_plot, _low, high) => [0, Math.max(least, (high ?? 0) * 1.1)] },
    },
    axes: [
      { ...axis, show: false },
      {
        ...axis,
        size: 44,
        gap: 4,
        space: 22,
        grid: { stroke: 'rgba(127, 141, 176, 0.16)', width: 1 },
        values: (_plot, ticks) => ticks.map((tick) => lines[0]!.format(tick).replace(/ ms|\/s|\.0/g, '')),
      },
    ],
    series: [{}, ...lines.map(({ color }) => ({ stroke: color, width: 1.6, points: { show: false } }))],
  };
}
