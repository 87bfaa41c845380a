# SPDX-License-Identifier: Apache-2.0
# Warnings, hardening and sanitizers, as one interface target that every folder links.
include(CheckCCompilerFlag)

add_library(waybill_compiler INTERFACE)
target_compile_definitions(waybill_compiler INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64)
target_compile_options(waybill_compiler INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
  -Wwrite-strings -Wformat=2 -Wundef -Wvla
  -fstack-protector-strong -fno-strict-aliasing -fvisibility=hidden)
if(WAYBILL_WERROR)
  target_compile_options(waybill_compiler INTERFACE -Werror)
endif()
foreach(flag -fstack-clash-protection -fcf-protection)
  string(MAKE_C_IDENTIFIER "HAVE${flag}" have)
  check_c_compiler_flag(${flag} ${have})
  if(${have})
    target_compile_options(waybill_compiler INTERFACE ${flag})
  endif()
endforeach()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
target_link_options(waybill_compiler INTERFACE -Wl,-z,relro,-z,now -Wl,--as-needed)
if(NOT WAYBILL_FUZZ)
  target_link_options(waybill_compiler INTERFACE -pie)
endif()

set(WAYBILL_SANITIZE "" CACHE STRING "Sanitizers, for example address,undefined")
if(WAYBILL_SANITIZE)
  target_compile_options(waybill_compiler INTERFACE
    -fsanitize=${WAYBILL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(waybill_compiler INTERFACE -fsanitize=${WAYBILL_SANITIZE})
elseif(CMAKE_BUILD_TYPE MATCHES "Rel")
  target_compile_definitions(waybill_compiler INTERFACE _FORTIFY_SOURCE=2)
endif()
if(WAYBILL_FUZZ)
  target_compile_options(waybill_compiler INTERFACE -fsanitize=fuzzer-no-link)
endif()

# add_folder(NAME LIBRARIES...): the static library of one top-level folder, all its .c files.
function(add_folder name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  add_library(waybill_${name} STATIC ${sources})
  target_link_libraries(waybill_${name} PUBLIC ${ARGN} PRIVATE waybill_compiler)
  target_include_directories(waybill_${name} PUBLIC ${CMAKE_SOURCE_DIR})
endfunction()
