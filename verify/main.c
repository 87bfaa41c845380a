/* SPDX-License-Identifier: Apache-2.0 */
/* waybill-verify: one static file that verifies what arrived, and can do nothing else. */
#include "verify/program.h"

#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

_Noreturn void wb_out_of_memory(size_t requested)
{
    /* Nothing here may allocate. */
    char line[96];
    int size = snprintf(line, sizeof line, "waybill-verify: out of memory (%zu bytes asked for)\n",
                        requested);
    if (write(STDERR_FILENO, line, (size_t)size) < 0)
        _exit(WB_SYSTEM);
    _exit(WB_SYSTEM);
}

static void print_help(void)
{
    fputs(
        "Usage: waybill-verify [OPTION...] VOLUME...|LAYOUT|-\n"
        "       waybill-verify [OPTION...] --bundle FILE FILE|sha256:HEX\n"
        "       waybill-verify [OPTION...] MESSAGE.cose\n"
        "       waybill-verify verify-bundle --bundle FILE [OPTION...] FILE|sha256:HEX\n\n"
        "Verifies, without any network, a delivery (one archive, its volumes in any order, or\n"
        "an archive on standard input), every image of a plain OCI layout with all its blobs,\n"
        "one file by its sigstore bundle, or a COSE_Sign1 message (a signed CoSWID tag).\n\n"
        "  --key FILE                            public key that must have signed; may be\n"
        "                                        repeated, any of them is enough\n"
        "  --policy FILE                         who must have signed what, and what must be\n"
        "                                        said of it\n"
        "  --trust DIR                           the trust kit to go by, in its newest version\n"
        "  --trust-update PATH                   versions that came along; those that follow\n"
        "                                        the kit are gone by, others refused\n"
        "  --certificate-identity NAME           who must have signed, exactly\n"
        "  --certificate-identity-regexp RE      the same as a pattern of the whole name\n"
        "  --certificate-oidc-issuer URL         who vouched for the name, exactly\n"
        "  --certificate-oidc-issuer-regexp RE   the same as a pattern\n"
        "  --trusted-root FILE                   sigstore's TrustedRoot, to judge certificates,\n"
        "                                        logs and timestamps by\n"
        "  --base PATH                           what the site has already, for a delivery that\n"
        "                                        builds on it; may be repeated\n"
        "  --allow-missing-volumes               what is here must hold; what is not is named\n"
        "  --state FILE                          what was accepted before, so that nothing older\n"
        "                                        is; read only: `waybill verify --state` writes\n"
        "  --bundle FILE                         the bundle of a file, an SBOM for example\n"
        "  --deep                                compare the attested SBOM of each image with its\n"
        "                                        layers\n"
        "  -o, --output text|json                form of the report\n"
        "      --report-fd N                     write the report as a page of HTML to this\n"
        "                                        descriptor, which is open already (3>r.html)\n"
        "  -v, --verbose                         say what was refused, too\n"
        "  -h, --help                            show this\n"
        "      --version                         show the version\n\n"
        "Exit status: 0 all of it holds, 1 a check failed, 2 wrong command line, 3 malformed\n"
        "input, 4 the machine failed. Only 0 means trust.\n",
        stdout);
}

static bool verify(const struct wb_program_options *options, struct wb_error *err)
{
    if (!wb_program_sandbox(options->report_fd, err))
        return false;
    struct wb_program_demands demands = {0};
    bool good = wb_program_demands_read(options, &demands, err) &&
                (options->task == WB_PROGRAM_BUNDLE ? wb_program_bundle(options, &demands, err)
                 : wb_program_is_cose(options)      ? wb_program_cose(options, &demands, err)
                                                    : wb_program_delivery(options, &demands, err));
    wb_program_demands_clear(&demands);
    return good;
}

static bool run(int argc, char **argv, struct wb_error *err)
{
    struct wb_program_options options;
    if (!wb_program_options_read(argc, argv, &options, err))
        return false;
    if (options.task == WB_PROGRAM_HELP)
        print_help();
    else if (options.task == WB_PROGRAM_VERSION)
        puts(WB_PROGRAM_NAME);
    else if (!verify(&options, err))
        return false;
    return fflush(stdout) == 0 || wb_error_set(err, WB_SYSTEM, "cannot write to standard output");
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    /* OPENSSL_CONF could name other algorithms and providers. */
    if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1) {
        fputs("waybill-verify: OpenSSL does not start\n", stderr);
        return WB_SYSTEM;
    }
    /* Or jansson would look for /dev/urandom, which an empty root does not have, and be content
     * with the time: names in hostile JSON must not collide on purpose. */
    size_t seed = 0;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) == (ssize_t)sizeof seed)
        json_object_seed(seed);
    struct wb_error err = WB_ERROR_INIT;
    if (run(argc, argv, &err))
        return WB_OK;
    fflush(stdout);
    fprintf(stderr, "waybill-verify: %s\n", err.message);
    return (int)err.status;
}
