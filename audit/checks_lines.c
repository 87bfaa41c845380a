/* SPDX-License-Identifier: Apache-2.0 */
/* Checks that read configuration files line by line. */
#include "audit/audit_private.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_SHOWN 3
#define SHOWN_SIZE_MAX 120

static bool is_comment(const struct wb_text_line *line)
{
    return line->size == 0 || line->text[0] == '#' || line->text[0] == ';';
}

/* The first words: mount options, which come later, may hold a password. */
static char *first_words(const struct wb_text_line *line)
{
    size_t end = 0, words = 0;
    while (end < line->size && end < SHOWN_SIZE_MAX) {
        bool blank = line->text[end] == ' ' || line->text[end] == '\t';
        if (blank && end > 0 && line->text[end - 1] != ' ' && line->text[end - 1] != '\t' &&
            ++words == WORDS_SHOWN)
            break;
        end++;
    }
    return wb_string_format("%.*s", (int)end, line->text);
}

static const struct wb_bytes *content_of(const struct wb_audit_file *file)
{
    const struct wb_entry *entry = file->node->entry;
    return entry->kind == WB_ENTRY_REGULAR ? entry->content : NULL;
}

/* Whether it is a file whose lines count and were not kept: files are kept by their names in the
 * layers. What a link leads to may be listed itself. */
static bool is_unread(const struct wb_audit *audit, const struct wb_audit_file *file)
{
    if (file->node->entry->kind != WB_ENTRY_SYMLINK)
        return file->node->entry->kind == WB_ENTRY_REGULAR && file->node->entry->size > 0 &&
               content_of(file) == NULL;
    const struct wb_node *node = wb_audit_lookup(audit, file->path, true);
    const struct wb_audit_file *target = node == NULL ? NULL : node->user;
    return target != NULL && target->node->entry->kind != WB_ENTRY_SYMLINK &&
           is_unread(audit, target);
}

enum wb_audit_state wb_check_lines(struct wb_audit *audit, const struct wb_audit_check *check)
{
    for (size_t i = 0; i < audit->file_count; i++) {
        const struct wb_audit_file *file = &audit->files[i];
        if (!wb_audit_check_matches(audit, check, file->path))
            continue;
        if (is_unread(audit, file))
            wb_audit_add_finding(audit, check, file->path,
                                 "it is behind a link: its lines were not read");
        struct wb_text_line line = {0};
        for (size_t at = 0; wb_audit_next_line(content_of(file), &at, &line);) {
            if (is_comment(&line))
                continue;
            WB_AUTO_STRING shown = first_words(&line);
            wb_audit_add_finding(audit, check, file->path, "%s", shown)->line = line.number;
        }
    }
    return wb_audit_outcome(audit);
}

/* ---- texts that give something away ---- */

/* Where `text` stands, in lower case and without blanks, and what that means. */
struct wording {
    const char *path;
    const char *text;
    const char *meaning;
    bool at_start;
};

/* The line in lower case without any blank. */
static char *condensed(const struct wb_text_line *line)
{
    char *text = wb_allocate(line->size + 1);
    size_t size = 0;
    for (size_t i = 0; i < line->size; i++) {
        char byte = line->text[i];
        if (byte != ' ' && byte != '\t' && byte != '\0')
            text[size++] = byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
    }
    return text;
}

static void find_wordings(struct wb_audit *audit, const struct wb_audit_check *check,
                          const struct wb_audit_file *file, const struct wording *wordings,
                          size_t count)
{
    struct wb_text_line line = {0};
    for (size_t at = 0; wb_audit_next_line(content_of(file), &at, &line);) {
        if (is_comment(&line))
            continue;
        WB_AUTO_STRING text = condensed(&line);
        for (size_t i = 0; i < count; i++) {
            const char *found = strstr(text, wordings[i].text);
            if (found == NULL || (wordings[i].at_start && found != text) ||
                !wb_audit_path_matches(wordings[i].path, file->path))
                continue;
            wb_audit_add_finding(audit, check, file->path, "%s", wordings[i].meaning)->line =
                line.number;
            break;
        }
    }
}

static bool is_worded(const char *path, const struct wording *wordings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (wb_audit_path_matches(wordings[i].path, path))
            return true;
    return false;
}

/* The first of the files, or of their directories, that could not be read; NULL. */
static const char *unread_of(const struct wb_audit *audit, const struct wording *wordings,
                             size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *rest, *path = wordings[i].path;
        /* Of files by that name anywhere only some matter. */
        if (path[0] == '*' || (i > 0 && strcmp(path, wordings[i - 1].path) == 0))
            continue;
        if (wb_audit_moved_directory(audit, path, &rest) != NULL)
            return path;
        for (size_t j = 0; j < audit->file_count; j++)
            if (wb_audit_path_matches(path, audit->files[j].path) &&
                is_unread(audit, &audit->files[j]))
                return audit->files[j].path;
    }
    return NULL;
}

/* What the files of the image come to. */
static enum wb_audit_state find_all_wordings(struct wb_audit *audit,
                                             const struct wb_audit_check *check,
                                             const struct wording *wordings, size_t count)
{
    for (size_t i = 0; i < audit->file_count; i++)
        if (content_of(&audit->files[i]) != NULL &&
            is_worded(audit->files[i].path, wordings, count))
            find_wordings(audit, check, &audit->files[i], wordings, count);
    const char *unread = unread_of(audit, wordings, count);
    if (audit->result->finding_count == 0 && unread != NULL)
        return wb_audit_inconclusive(audit, "/%s is behind a link, and was not read", unread);
    return wb_audit_outcome(audit);
}

enum wb_audit_state wb_check_sudo_without_password(struct wb_audit *audit,
                                                   const struct wb_audit_check *check)
{
    static const struct wording wordings[] = {
        {"etc/sudoers", "nopasswd:", "sudo asks for no password", false},
        {"etc/sudoers.d/*", "nopasswd:", "sudo asks for no password", false},
        {"etc/sudoers", "!authenticate", "sudo asks for no password", false},
        {"etc/sudoers.d/*", "!authenticate", "sudo asks for no password", false},
        {"etc/doas.conf", "permitnopass", "doas asks for no password", true},
        {"etc/doas.d/*", "permitnopass", "doas asks for no password", true},
    };
    return find_all_wordings(audit, check, wordings, sizeof wordings / sizeof wordings[0]);
}

enum wb_audit_state wb_check_weak_cryptography(struct wb_audit *audit,
                                               const struct wb_audit_check *check)
{
    static const struct wording wordings[] = {
        {"**/openssl.cnf", "minprotocol=ssl", "OpenSSL accepts SSL 3", true},
        {"**/openssl.cnf", "minprotocol=tlsv1.1", "OpenSSL accepts TLS 1.1", true},
        {"**/openssl.cnf", "minprotocol=tlsv1.0", "OpenSSL accepts TLS 1.0", true},
        {"**/openssl.cnf", "seclevel=0", "OpenSSL accepts keys and digests of any weakness", false},
        {"**/openssl.cnf", "seclevel=1", "OpenSSL accepts keys of 80 bits of security", false},
        {"**/openssl.cnf", "legacy=legacy", "OpenSSL loads its legacy provider", true},
        {"**/openssl.cnf", "unsafelegacyrenegotiation", "OpenSSL renegotiates in the unsafe way",
         false},
        {"etc/crypto-policies/config", "legacy", "the system's policy is LEGACY", true},
        {"etc/login.defs", "encrypt_methoddes", "new passwords are hashed with DES", true},
        {"etc/login.defs", "encrypt_methodmd5", "new passwords are hashed with MD5", true},
    };
    return find_all_wordings(audit, check, wordings, sizeof wordings / sizeof wordings[0]);
}

/* ---- repositories ---- */

/* Of the history: options that make a package manager trust what nobody signed. */
static void find_trusting_steps(struct wb_audit *audit, const struct wb_audit_check *check)
{
    static const char *const options[] = {
        "--allow-unauthenticated",       "--allow-untrusted", "--nogpgcheck", "--no-gpg-checks",
        "--allow-insecure-repositories", "--force-yes",       "--nosignature"};
    const struct wb_image_description *image = audit->view->bom->image;
    for (size_t i = 0; i < image->history_count; i++) {
        const char *step = image->history[i].created_by;
        for (size_t j = 0; step != NULL && j < sizeof options / sizeof options[0]; j++) {
            if (strstr(step, options[j]) == NULL)
                continue;
            struct wb_audit_finding *finding =
                wb_audit_add_finding(audit, check, NULL, "a step of the build says %s", options[j]);
            finding->history = (int)i;
            finding->layer = image->history[i].layer;
        }
    }
}

enum wb_audit_state wb_check_repository_unverified(struct wb_audit *audit,
                                                   const struct wb_audit_check *check)
{
    static const char unchecked[] = "packages of this repository are not checked for signatures";
    static const char trusted[] = "this repository is trusted without a signature";
    static const char insecure[] = "APT is told to take packages that nobody signed";
    static const struct wording wordings[] = {
        {"etc/yum.repos.d/*", "gpgcheck=0", unchecked, true},
        {"etc/yum.repos.d/*", "gpgcheck=no", unchecked, true},
        {"etc/yum.repos.d/*", "gpgcheck=false", unchecked, true},
        {"etc/zypp/repos.d/*", "gpgcheck=0", unchecked, true},
        {"etc/yum.conf", "gpgcheck=0", unchecked, true},
        {"etc/dnf/dnf.conf", "gpgcheck=0", unchecked, true},
        {"etc/dnf/dnf.conf", "gpgcheck=false", unchecked, true},
        {"etc/apt/sources.list", "trusted=yes", trusted, false},
        {"etc/apt/sources.list", "allow-insecure=yes", trusted, false},
        {"etc/apt/sources.list.d/*", "trusted=yes", trusted, false},
        {"etc/apt/sources.list.d/*", "allow-insecure=yes", trusted, false},
        {"etc/apt/sources.list.d/*", "trusted:yes", trusted, true},
        {"etc/apt/sources.list.d/*", "allow-insecure:yes", trusted, true},
        {"etc/apt/apt.conf", "allowunauthenticated\"true\"", insecure, false},
        {"etc/apt/apt.conf.d/*", "allowunauthenticated\"true\"", insecure, false},
        {"etc/apt/apt.conf.d/*", "allowinsecurerepositories\"true\"", insecure, false},
    };
    find_trusting_steps(audit, check);
    return find_all_wordings(audit, check, wordings, sizeof wordings / sizeof wordings[0]);
}
