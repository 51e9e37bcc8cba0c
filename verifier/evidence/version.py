"""The version of this package, which reports and certificates name."""

VERSION = "0.1.0"
