/* SPDX-License-Identifier: Apache-2.0 */
/* Files signed as COSE_Sign1 messages. (cose_files.c) */
#ifndef WAYBILL_CLI_COSE_FILES_H
#define WAYBILL_CLI_COSE_FILES_H

#include "cli/verifying.h"

/* Signs a file (`-`: standard input) and writes the message, the file inside, to `output` (`-`:
 * standard output). `content_type` NULL: CoSWID's where it is a tag, a CBOR sequence's where it is
 * several, else any bytes'. */
bool wb_sign_cose_file(const char *path, const char *content_type, const char *output,
                       const struct wb_signer *signer, struct wb_error *err) WB_MUST_CHECK;

/* Whether the file begins as such a message does. */
bool wb_verify_cose_meant(const char *path);
/* Verifies it and says what was proved; `payload` (NULL: nowhere): where to write what was signed,
 * once it held. */
bool wb_verify_cose_file(const char *path, const char *payload,
                         const struct wb_verifying_options *options,
                         struct wb_error *err) WB_MUST_CHECK;

#endif
