/** How much the picture may cost. */
export type Quality = 'full' | 'plain';

/** Names under which browsers draw WebGL on the CPU, where each blended pixel is dear. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** `plain` where WebGL is drawn by the CPU: no antialiasing and no mist, for several times the frames. */
export function detectQuality(): Quality {
  const gl = document.createElement('canvas').getContext('webgl');
  const names = gl?.getExtension('WEBGL_debug_renderer_info');
  if (!gl || !names) return 'full';
  const renderer = String(gl.getParameter(names.UNMASKED_RENDERER_WEBGL));
  gl.getExtension('WEBGL_lose_context')?.loseContext(); // browsers allow few contexts at a time
  return SOFTWARE.test(renderer) ? 'plain' : 'full';
}
