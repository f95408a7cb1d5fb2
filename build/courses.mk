# courses.mk - programs as courses' hand-outs have them: tests/courses/COURSE/p-NAME.cc or .c, in an image of their own
#
#    There a program is called COURSE-NAME. They are compiled as those of user/ are.

COURSE_SOURCES := $(sort $(wildcard tests/courses/*/p-*.cc tests/courses/*/p-*.c))
course_program = $(subst /p-,-,$(basename $(patsubst tests/courses/%,%,$(1))))
COURSES_PROGRAMS := $(foreach source,$(COURSE_SOURCES),$(call course_program,$(source)))
COURSES_IMAGE := $(OBJ)/kinglet-courses.img

$(eval $(call stamp,programs-COURSES,$$(COURSES_PROGRAMS)))
$(foreach source,$(COURSE_SOURCES),\
    $(eval $(call program,$(call course_program,$(source)),$(call objects,$(source)))))
$(eval $(call named_kernel,kernel-courses,kernel-unnamed,$(KERNEL_OBJECTS),,COURSES))
$(COURSES_IMAGE): $(OBJ)/kernel-courses.stripped
