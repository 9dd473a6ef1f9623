import type uPlot from 'uplot';

/** A stretch of time that is shaded: an alert, an objective that was missed. */
export interface Band {
  readonly fromMs: number;
  readonly toMs: number;
  readonly color: string;
  readonly label: string;
}

/** A moment at which something changed. */
export interface Mark {
  readonly atMs: number;
  readonly color: string;
  readonly label: string;
}

/** A value that is a limit: an objective, the factor of a tier. */
export interface Threshold {
  readonly value: number;
  readonly color: string;
  readonly label: string;
}

export interface Overlays {
  readonly bands: readonly Band[];
  readonly marks: readonly Mark[];
  readonly thresholds: readonly Threshold[];
}

/** Bands beneath the series; limits and marks above them. */
export function overlayPlugin(
  { bands, marks, thresholds }: Overlays,
  look: { readonly font: string; readonly surface: string },
): uPlot.Plugin {
  return {
    hooks: {
      drawClear: [
        (plot) => {
          clipped(plot, () => {
            for (const band of bands) drawBand(plot, band);
          });
        },
      ],
      draw: [
        (plot) => {
          clipped(plot, () => {
            for (const threshold of thresholds) drawThreshold(plot, threshold, look);
            for (const mark of marks) drawMark(plot, mark);
          });
        },
      ],
    },
  };
}

function clipped(plot: uPlot, paint: () => void): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  paint();
  ctx.restore();
}

function drawBand(plot: uPlot, { fromMs, toMs, color }: Band): void {
  const { ctx, bbox } = plot;
  const [left, right] = [plot.valToPos(fromMs / 1_000, 'x', true), plot.valToPos(toMs / 1_000, 'x', true)];
  ctx.fillStyle = color;
  ctx.fillRect(left, bbox.top, Math.max(right - left, devicePixelRatio), bbox.height);
}

function drawThreshold(
  plot: uPlot,
  { value, color, label }: Threshold,
  look: { readonly font: string; readonly surface: string },
): void {
  const { ctx, bbox } = plot;
  const y = Math.round(plot.valToPos(value, 'y', true)) + 0.5;
  ctx.strokeStyle = color;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.font = look.font.replace(/[\d.]+px/, (size) => `${Number.parseFloat(size) * devicePixelRatio}px`);
  ctx.textAlign = 'left';
  const isHigh = y - bbox.top < 18 * devicePixelRatio;
  ctx.textBaseline = isHigh ? 'top' : 'bottom';
  const x = bbox.left + 6 * devicePixelRatio;
  const gap = (isHigh ? 3 : -3) * devicePixelRatio;
  // A line through letters is hard to read: they stand on the panel's own colour.
  ctx.lineWidth = 3 * devicePixelRatio;
  ctx.strokeStyle = look.surface;
  ctx.strokeText(label, x, y + gap);
  ctx.fillStyle = color;
  ctx.fillText(label, x, y + gap);
}

function drawMark(plot: uPlot, { atMs, color }: Mark): void {
  const { ctx, bbox } = plot;
  const x = Math.round(plot.valToPos(atMs / 1_000, 'x', true)) + 0.5;
  const size = 4 * devicePixelRatio;
  ctx.strokeStyle = color;
  ctx.fillStyle = color;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.beginPath();
  ctx.moveTo(x - size, bbox.top);
  ctx.lineTo(x + size, bbox.top);
  ctx.lineTo(x, bbox.top + size * 1.4);
  ctx.fill();
}
