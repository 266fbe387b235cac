module dav424

go 1.19
