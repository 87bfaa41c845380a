/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in-toto statements: a DSSE envelope, and the same in a bundle. */
#include "sign/sign_private.h"

void wb_statement_signature_clear(struct wb_statement_signature *signature)
{
    wb_buffer_clear(&signature->envelope);
    wb_buffer_clear(&signature->bundle);
}

bool wb_sign_statement(const struct wb_signer *signer, struct wb_bytes statement,
                       struct wb_statement_signature *signature, struct wb_error *err)
{
    if (!wb_signer_check(signer, err))
        return false;
    WB_AUTO_VALUE(wb_buffer) encoding = {0};
    wb_dsse_pae(WB_IN_TOTO_PAYLOAD_TYPE, statement, &encoding);
    WB_AUTO_VALUE(wb_buffer) bytes = {0};
    if (!wb_signer_sign(signer, wb_buffer_bytes(&encoding), &bytes, err))
        return false;
    const struct wb_dsse_signature dsse = {.signature = wb_buffer_bytes(&bytes)};
    wb_dsse_write(WB_IN_TOTO_PAYLOAD_TYPE, statement, &dsse, 1, &signature->envelope);
    WB_AUTO_VALUE(wb_signer_material) material = {0};
    if (!wb_signer_material(signer, wb_buffer_bytes(&bytes), &material, err))
        return false;
    struct wb_bytes timestamp;
    struct wb_bundle_material written = wb_signer_bundle_material(&material, &timestamp);
    wb_bundle_write_envelope(&written, wb_buffer_bytes(&signature->envelope), &signature->bundle);
    return true;
}
