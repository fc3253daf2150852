# libsard, static and shared.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(PROTOBUF_C REQUIRED IMPORTED_TARGET libprotobuf-c)
find_program(PROTOC_C protoc-c REQUIRED)

set(generated ${PROJECT_BINARY_DIR}/generated)
set(proto ${PROJECT_SOURCE_DIR}/frontends/onnx/onnx.proto)
add_custom_command(
    OUTPUT ${generated}/frontends/onnx/onnx.pb-c.c ${generated}/frontends/onnx/onnx.pb-c.h
    COMMAND ${PROTOC_C} --proto_path=${PROJECT_SOURCE_DIR} --c_out=${generated} ${proto}
    DEPENDS ${proto})
file(MAKE_DIRECTORY ${generated})

file(GLOB_RECURSE library_sources CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/ir/*.c ${PROJECT_SOURCE_DIR}/ops/*.c ${PROJECT_SOURCE_DIR}/passes/*.c ${PROJECT_SOURCE_DIR}/plan/*.c
    ${PROJECT_SOURCE_DIR}/runtime/*.c ${PROJECT_SOURCE_DIR}/frontends/*.c ${PROJECT_SOURCE_DIR}/backends/*.c)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    list(FILTER library_sources EXCLUDE REGEX "native/tiers/(sse2|avx2|avx512)\\.c$")
else()
    list(FILTER library_sources EXCLUDE REGEX "native/tiers/neon\\.c$")
endif()
add_library(sard_objects OBJECT ${library_sources} ${generated}/frontends/onnx/onnx.pb-c.c)
target_include_directories(sard_objects PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include ${generated})
target_link_libraries(sard_objects PUBLIC PkgConfig::PROTOBUF_C Threads::Threads)
set_source_files_properties(${generated}/frontends/onnx/onnx.pb-c.c PROPERTIES COMPILE_OPTIONS "-Wno-strict-prototypes;-Wno-missing-prototypes")

# A tier is compiled for its instruction set; the others of its processor family compile everywhere, those of another are left out.
# Sanitizers look at each of thousands of unrolled accesses: compilers need minutes for a tier then, or with -O3 a quarter of an hour. A call
# for each access is quick to compile; clang also leaves out what only UndefinedBehaviorSanitizer would see there.
set(tier_flags -O3)
if("${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_DEBUG}" MATCHES "-fsanitize")
    set(tier_flags -O1 --param=asan-instrumentation-with-call-threshold=0)
    if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
        set(runtime_in_executable ON)
        set(tier_flags -O1 -mllvm -asan-instrumentation-with-call-threshold=0 -fno-sanitize=undefined)
    endif()
endif()
foreach(tier "sse2:" "neon:" "avx2:-mavx2;-mfma" "avx512:-mavx512f;-mavx512bw;-mavx512dq;-mavx512vl;-mfma")
    string(REGEX REPLACE ":.*" "" name "${tier}")
    string(REGEX REPLACE ".*:" "" flags "${tier}")
    set_source_files_properties(${PROJECT_SOURCE_DIR}/backends/native/tiers/${name}.c PROPERTIES
        COMPILE_OPTIONS "${tier_flags};${flags};${SARD_KERNEL_OPTIONS}")
endforeach()

# What is not a backend is not hot: -O3 would make it twice as large.
set(cold ${library_sources})
list(FILTER cold EXCLUDE REGEX "/backends/")
set_source_files_properties(${cold} PROPERTIES COMPILE_OPTIONS "$<$<CONFIG:Release>:-O2>")

foreach(kind static shared)
    string(TOUPPER ${kind} upper)
    add_library(sard_${kind} ${upper} $<TARGET_OBJECTS:sard_objects>)
    target_link_libraries(sard_${kind} PRIVATE PkgConfig::PROTOBUF_C Threads::Threads m ${CMAKE_DL_LIBS})
    add_library(sard::${kind} ALIAS sard_${kind})
    target_include_directories(sard_${kind} PUBLIC
        $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    set_target_properties(sard_${kind} PROPERTIES OUTPUT_NAME sard EXPORT_NAME ${kind}
        VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
endforeach()
target_link_options(sard_shared PRIVATE LINKER:--exclude-libs,ALL)
if(NOT runtime_in_executable) # clang links what its sanitizers call to executables alone
    target_link_options(sard_shared PRIVATE LINKER:--no-undefined)
endif()
