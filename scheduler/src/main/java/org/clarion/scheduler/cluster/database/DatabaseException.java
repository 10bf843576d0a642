package org.clarion.scheduler.cluster.database;

/** The database could not be opened, or did not do what it was asked for. The message holds no value of an entry. */
public final class DatabaseException extends RuntimeException {
  DatabaseException(String message, Throwable cause) {
    super(message, cause);
  }
}
