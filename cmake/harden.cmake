# What makes a mistake in memory harder to use, for all that is not a kernel: canaries on the stack, checked copies, tables of addresses
# that nobody can write to, marks where jumps may land. Sanitizers see more by themselves. tests/lint/test_hardening.py reads it back.
include(CheckCCompilerFlag)
add_link_options(LINKER:-z,relro LINKER:-z,now)
set(SARD_KERNEL_OPTIONS) # undo what costs time in inner loops
foreach(flag -fstack-protector-strong -fcf-protection)
    string(MAKE_C_IDENTIFIER "SARD_HAS${flag}" known)
    check_c_compiler_flag(${flag} ${known})
    if(${known})
        add_compile_options(${flag})
    endif()
endforeach()
if(SARD_HAS_fstack_protector_strong)
    list(APPEND SARD_KERNEL_OPTIONS -fno-stack-protector)
endif()

# Where the compiler optimises, which the checks need, and nobody has chosen them.
foreach(config ${CMAKE_CONFIGURATION_TYPES} ${CMAKE_BUILD_TYPE})
    string(TOUPPER ${config} upper)
    set(flags "${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${upper}}")
    if(flags MATCHES "-O[1-9sgz]" AND NOT flags MATCHES "-fsanitize|_FORTIFY_SOURCE")
        add_compile_options($<$<CONFIG:${config}>:-U_FORTIFY_SOURCE>
            $<$<CONFIG:${config}>:-D_FORTIFY_SOURCE=2>)
    endif()
endforeach()
list(APPEND SARD_KERNEL_OPTIONS -U_FORTIFY_SOURCE)
