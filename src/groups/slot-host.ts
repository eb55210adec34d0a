/** What one worker of a group is given, and whom it asks and tells. Types only. */
