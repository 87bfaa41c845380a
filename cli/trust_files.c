/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of a trust kit: every version in a file of its own that is never changed again. */
#include "cli/signing.h"
#include "cli/trusting.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

char *wb_trust_path(const char *folder, int64_t number, bool draft)
{
    return wb_string_format("%s/%" PRId64 ".kit.%sjson", folder, number, draft ? "draft." : "");
}

/* What is written must be what a site would take: it is read as a site reads it. */
static bool follows(const struct wb_trust_kit *kit, struct wb_bytes envelope, struct wb_error *err)
{
    size_t count;
    const struct wb_trust_kit_version *versions =
        kit == NULL ? NULL : wb_trust_kit_versions(kit, &count);
    WB_AUTO_VALUE(wb_buffer) chain = {0};
    struct wb_bytes both[2];
    size_t used = 0;
    if (versions != NULL)
        both[used++] = versions[count - 1].envelope;
    both[used++] = envelope;
    wb_trust_kit_join(both, used, &chain);
    WB_AUTO(wb_trust_kit) *next = wb_trust_kit_read(wb_buffer_bytes(&chain), err);
    if (next == NULL)
        return false;
    WB_AUTO(wb_policy) *policy = wb_trust_kit_policy(next, err);
    return policy != NULL;
}

static bool write_file(const char *path, struct wb_bytes content, bool replace,
                       struct wb_error *err)
{
    WB_AUTO(wb_output) *output = wb_output_open_mode(path, 0666, replace, err);
    if (output == NULL)
        return false;
    wb_output_write(output, content.data, content.size);
    return wb_output_commit(output, err) || wb_error_context(err, "%s", path);
}

bool wb_trust_put(const char *folder, struct wb_bytes envelope, int64_t number,
                  const struct wb_trust_kit *kit, struct wb_error *err)
{
    WB_AUTO_STRING path = wb_trust_path(folder, number, false);
    WB_AUTO_STRING draft = wb_trust_path(folder, number, true);
    struct wb_error missing = WB_ERROR_INIT;
    if (follows(kit, envelope, &missing)) {
        if (!write_file(path, envelope, false, err))
            return false;
        if (unlink(draft) != 0 && errno != ENOENT)
            return wb_error_set_errno(err, errno, "%s", draft);
        printf("%s\n", path);
        return true;
    }
    /* Too few signatures can become enough; what is wrong otherwise cannot be signed away. */
    if (missing.status != WB_CHECK_FAILED) {
        *err = missing;
        return false;
    }
    if (!write_file(draft, envelope, true, err))
        return false;
    WB_AUTO_STRING note = wb_string_format("%s: `waybill trust sign %s --key ...` by the others "
                                           "makes it a version: %s",
                                           draft, folder, missing.message);
    wb_say_note(note);
    return true;
}
