/* SPDX-License-Identifier: Apache-2.0 */
/* What is configured for a host: containers-certs.d(5). */
#include "image/registry_private.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>

#define CERTIFICATES_SIZE_MAX ((size_t)1 << 20)

void wb_certificates_clear(struct wb_certificates *certificates)
{
    wb_buffer_clear(&certificates->authorities);
    free(certificates->client_certificate);
    free(certificates->client_key);
}

static bool read_certificate(const char *path, struct wb_certificates *certificates,
                             struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!wb_file_read(AT_FDCWD, path, CERTIFICATES_SIZE_MAX, &content, err))
        return false;
    if (content.size > CERTIFICATES_SIZE_MAX - certificates->authorities.size)
        return wb_error_set(err, WB_BAD_INPUT, "%s: too many certificates", path);
    wb_buffer_append(&certificates->authorities, content.data, content.size);
    wb_buffer_append_text(&certificates->authorities, "\n");
    return true;
}

static bool take_file(const char *folder, const char *name, struct wb_certificates *certificates,
                      struct wb_error *err)
{
    WB_AUTO_STRING path = wb_string_format("%s/%s", folder, name);
    if (wb_text_ends_with(name, ".crt"))
        return read_certificate(path, certificates, err);
    if (wb_text_ends_with(name, ".cert") && certificates->client_certificate == NULL)
        certificates->client_certificate = WB_STEAL(path);
    else if (wb_text_ends_with(name, ".key") && certificates->client_key == NULL)
        certificates->client_key = WB_STEAL(path);
    return true;
}

static bool read_folder(const char *folder, struct wb_certificates *certificates,
                        struct wb_error *err)
{
    struct dirent **names = NULL;
    int count = scandir(folder, &names, NULL, alphasort);
    bool good = true;
    for (int i = 0; i < count; i++) {
        good = good && take_file(folder, names[i]->d_name, certificates, err);
        free(names[i]);
    }
    free(names);
    return good;
}

bool wb_certificates_find(const char *host, const char *path, struct wb_certificates *certificates,
                          struct wb_error *err)
{
    static const char *const folders[] = {"/etc/containers/certs.d", "/etc/docker/certs.d"};
    if (path != NULL && !read_certificate(path, certificates, err))
        return false;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        WB_AUTO_STRING folder = wb_string_format("%s/%s", folders[i], host);
        if (!read_folder(folder, certificates, err))
            return false;
    }
    return true;
}
