import { optional, orElse, textVariable, wordVariable } from '@burnline/runtime';
import { receiverInvalid } from '../address.ts';
import { bundleKeyOf } from '../bundle-key.ts';
import { entriesOf, namedEntries } from '../named-entries.ts';
import { receiverKind, type Receiver } from '../receiver.ts';
import { SERIES_MAX, mailOf } from './mail.ts';
import { smtpDeliver, smtpServerOf, smtpVerdict, type SmtpServer } from './smtp.ts';

/** One address and nothing else: no second one, no header. */
const ADDRESS = /^[^\s<>,;:"()@\\]{1,64}@[^\s<>,;:"()@\\]{1,190}$/;

export const email = receiverKind({
  name: 'email',
  variables: {
    BURNLINE_EMAIL_TO: optional(
      textVariable,
      'Addresses that are sent mail, `ADDRESS` or `NAME=ADDRESS`, separated by spaces or lines; with `BURNLINE_SMTP_URL` and `BURNLINE_EMAIL_FROM`.',
    ),
    BURNLINE_EMAIL_FROM: optional(textVariable, 'The address that it comes from.'),
    BURNLINE_SMTP_URL: optional(
      textVariable,
      'The server that takes it: `smtp://user:password@host:587`, encrypted by STARTTLS, or `smtps://…:465`. Or `BURNLINE_SMTP_URL_FILE`.',
    ),
    BURNLINE_SMTP_TLS: orElse(
      wordVariable(['required', 'none']),
      'required',
      '`none` sends mail in the clear where the URL begins with `smtp:`; never with a password.',
    ),
    BURNLINE_SMTP_TLS_CA_FILE: optional(
      textVariable,
      'Certificates of the authorities to trust for it, PEM; else those of the system.',
    ),
  },
  read: (config) => {
    const entries = namedEntries(entriesOf(config.BURNLINE_EMAIL_TO ?? ''), 'email');
    if (entries.length === 0) return [];
    const { BURNLINE_EMAIL_FROM: from, BURNLINE_SMTP_URL: url } = config;
    if (from === undefined || url === undefined)
      throw receiverInvalid(
        'BURNLINE_EMAIL_TO is set, and BURNLINE_EMAIL_FROM or BURNLINE_SMTP_URL is missing.',
        'Name the server that takes mail, and the address that it comes from.',
      );
    const server = smtpServerOf(url, {
      isEncrypted: config.BURNLINE_SMTP_TLS === 'required',
      caFile: config.BURNLINE_SMTP_TLS_CA_FILE,
    });
    checkAddress(from, 'BURNLINE_EMAIL_FROM');
    return entries.map(({ name, value, number }) => {
      checkAddress(value, `Address ${number} of BURNLINE_EMAIL_TO`);
      return emailReceiver(name, server, { from, to: value });
    });
  },
});

function checkAddress(text: string, what: string): void {
  if (ADDRESS.test(text)) return;
  throw receiverInvalid(`${what} is no mail address.`, 'Write one address, such as on-call@example.org.');
}

/** One mailbox. Nothing is kept there: what stands is told again. */
function emailReceiver(
  name: string,
  server: SmtpServer,
  addresses: { readonly from: string; readonly to: string },
): Receiver {
  return {
    name,
    bundling: 'storm',
    bundleLengthMax: SERIES_MAX,
    verdictOf: smtpVerdict,
    deliver: smtpDeliver(server, addresses),
    begin: () => ({
      standing: { kind: 'told-again' },
      requestFor: (notices) => {
        const key = bundleKeyOf(notices);
        return { url: `mailto:${addresses.to}`, key, body: mailOf(notices, key) };
      },
    }),
  };
}
