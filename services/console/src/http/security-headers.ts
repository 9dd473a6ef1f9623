/** Nothing of another host is loaded, nothing is sent to one, no script or style stands in a page, and no page frames it. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Of every answer; one that has a policy of its own, which is as narrow, keeps that. */
export function withSecurityHeaders(response: Response): Response {
  const headers = new Headers(response.headers);
  const own = headers.get(POLICY) ?? CONTENT_SECURITY_POLICY;
  for (const [name, value] of Object.entries({ ...SECURITY_HEADERS, [POLICY]: own }))
    headers.set(name, value);
  return new Response(response.body, { status: response.status, headers });
}

const POLICY = 'content-security-policy';

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};
