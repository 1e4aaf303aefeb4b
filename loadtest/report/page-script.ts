/** Runs in the page that `renderPage` makes. */
import uPlot from 'uplot';
import type { Chart, ChartGroup } from './page.ts';

const COLORS = ['#2563eb', '#dc2626', '#059669'];

const groups = JSON.parse(document.getElementById('data')!.textContent!) as ChartGroup[];
const root = document.getElementById('groups')!;
for (const { title, charts } of groups) {
  const heading = document.createElement('h2');
  heading.textContent = title;
  const grid = document.createElement('div');
  grid.className = 'charts';
  root.append(heading, grid);
  for (const chart of charts) draw(chart, grid);
}

function draw({ title, unit, lines, data }: Chart, grid: HTMLElement): void {
  if (data.slice(1).every((row) => row.every((value) => value === null))) return; // nothing is known of it
  new uPlot(
    {
      title,
      width: 500,
      height: 220,
      scales: { x: { time: false }, y: { range: (_plot, _least, most) => [0, most > 0 ? most * 1.1 : 1] } },
      axes: [{ label: unit }, { size: 70 }],
      series: [
        { label: unit },
        ...lines.map((label, i) => ({
          label,
          stroke: COLORS[i % COLORS.length]!,
          width: 1.5,
          spanGaps: true,
          points: { show: data[0]!.length < 60 },
        })),
      ],
    },
    data as uPlot.AlignedData,
    grid,
  );
}
