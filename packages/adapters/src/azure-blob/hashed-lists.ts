// Owns the MD5 of lists of blocks, which commitBlockList of the SDK has no option for. The service verifies it: a damaged list that
// names one block twice would else be a blob of the right length.
import { createHash } from 'node:crypto';
import type { RequestPolicyFactory } from '@azure/storage-blob';

/** Sees requests once their body is text and before they are signed: the signature is over the MD5, too. */
export const hashedLists: RequestPolicyFactory = {
  create: (next) => ({
    sendRequest(request) {
      const { body, url } = request;
      if (typeof body === 'string' && new URL(url).searchParams.get('comp') === 'blocklist')
        request.headers.set('content-md5', createHash('md5').update(body).digest('base64'));
      return next.sendRequest(request);
    },
  }),
};
